Feature: The adult's view on going ahead is sought and answered

  Scenario Outline: Views are sought before the enquiry starts, and no is a view
    Given the adult's view on the enquiry was <view>
    And the enquiry started 4 days after the concern
    When the case is looked at on 2026-03-31
    Then "seeking the adult's view" is <verdict>

    Examples:
      | view       | verdict    |
      | yes        | met        |
      | no         | met        |
      | not sought | partly met |

  Scenario: Asking would have raised the danger
    Given the adult's view on the enquiry was not sought
    And going ahead was decided because asking would increase the risk
    And the enquiry started 4 days after the concern
    When the case is looked at on 2026-03-31
    Then "seeking the adult's view" is explained
    And "going ahead without agreement" is met

  Scenario Outline: Going ahead without agreement has a ground within a working day
    Given the adult's view on the enquiry was no
    And the enquiry started 2 days after the concern
    And going ahead was decided to protect others <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "going ahead without agreement" is <verdict>

    Examples:
      | days | verdict  |
      | 3    | met      |
      | 4    | met late |

  Scenario: A ground alone is part of it
    Given the adult's view on the enquiry was no
    And going ahead was decided on a ground, with nothing more
    And the enquiry started 4 days after the concern
    When the case is looked at on 2026-03-31
    Then "going ahead without agreement" is partly met

  Scenario: An adult with capacity says no, and the team steps back
    Given the enquiry started 4 days after the concern
    And the adult's view on the enquiry was no 6 days after the concern
    And the enquiry ended at the adult's request 8 days after the concern
    When the case is looked at on 2026-03-31
    Then "respecting a refusal" is met

  Scenario: An adult with capacity says no, and the enquiry simply goes on
    Given the adult's view on the enquiry was no
    And the enquiry started 4 days after the concern
    When the case is looked at on 2026-03-31
    Then "respecting a refusal" is not met
    And the worker is asked "The adult has said no. What lets us continue, or how do we step back and leave a door open?"

  Scenario Outline: A no after the start is answered within five working days
    Given the enquiry started 1 days after the concern
    And the adult's view on the enquiry was no 2 days after the concern
    And going ahead was decided to protect others <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "respecting a refusal" is <verdict>

    Examples:
      | days | verdict  |
      | 9    | met      |
      | 10   | met late |

  Scenario: A no before any enquiry was decided on asks for no answer
    Given the adult's view on the enquiry was no
    When the case is looked at on 2026-03-31
    Then "respecting a refusal" is not applicable

  Scenario: Where the duty to enquire applies, telling the adult is what is left
    Given an enquiry was decided 1 days after the concern
    And the adult's view on the enquiry was no
    And the enquiry started 4 days after the concern
    When the case is looked at on 2026-03-31
    Then "going ahead without agreement" is partly met

  Scenario Outline: What was shared, how and why
    Given the optional rules are switched on
    And information was shared <how>
    When the case is looked at on 2026-03-31
    Then "sharing information" is <verdict>

    Examples:
      | how                              | verdict    |
      | with what was said and its basis | met        |
      | with what was said alone         | partly met |
      | without a word about it          | not met    |
      | with the ambulance in a hurry    | explained  |
