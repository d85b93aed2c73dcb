Feature: The adult is asked what they want as soon as a concern is raised

  Scenario Outline: Two working days to ask
    Given a concern raised on Monday 5 January 2026
    And the adult was asked what they want <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "asking what they want" is <verdict>

    Examples:
      | days | verdict  |
      | 0    | met      |
      | 2    | met      |
      | 3    | met late |

  Scenario: Nobody is reproached before the day has passed
    Given a concern raised on Monday 5 January 2026
    When the case is looked at on 2026-01-07
    Then "asking what they want" is not yet due

  Scenario: Somebody who may be the source of the harm does not speak for the adult
    Given a concern raised on Monday 5 January 2026
    And the person suspected answered for the adult
    When the case is looked at on 2026-03-31
    Then "asking what they want" is not met
    And the worker is asked "Has anyone asked what the adult wants to happen? If not yet, what would make it safe and possible?"

  Scenario Outline: A reason for not asking is a reason in a few words
    Given a concern raised on Monday 5 January 2026
    And the adult was not asked, with <reason>
    When the case is looked at on 2026-01-06
    Then "the reason for not asking" is <verdict>

    Examples:
      | reason                  | verdict    |
      | a reason in a few words | met        |
      | only a code as reason   | partly met |
      | no reason at all        | not met    |

  Scenario Outline: A reason that passes is looked at again
    Given a concern raised on Monday 5 January 2026
    And the worker noted that the adult was too unwell, to be reviewed by 2026-01-20
    And the adult was asked what they want <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "asking again" is <verdict>

    Examples:
      | days | verdict  |
      | 15   | met      |
      | 16   | met late |

  Scenario: A record that doesn't know is put right by the decision
    Given a concern raised on Monday 5 January 2026
    And nobody knows whether the adult was asked
    And the adult was asked what they want 1 days after the concern
    And an enquiry was decided 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "clearing up an unknown answer" is met

  Scenario: An adult who can't say is known through their wishes
    Given a concern raised on Monday 5 January 2026
    And the adult was found to lack capacity 3 days after the concern
    And the family spoke for the adult, with the adult's own wishes noted
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "speaking for an adult who can't say" is met
