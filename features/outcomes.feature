Feature: What the adult wants leads the work

  Background:
    Given a concern raised on Monday 5 January 2026

  Scenario Outline: What they want is written down in their words
    Given the adult said what they want
    And what they want was recorded <how>
    When the case is looked at on 2026-03-31
    Then "their own words" is <verdict>

    Examples:
      | how                       | verdict    |
      | in their words            | met        |
      | without words             | partly met |
      | in a letter that is filed | met        |

  Scenario: Nothing was said, so somebody tries another way
    Given the adult had nothing to say when asked
    And the adult was asked again with an interpreter
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "another way of asking" is met

  Scenario: There is more to life than being safe
    Given what they want was recorded as safety alone
    When the case is looked at on 2026-03-31
    Then "more than safety" is not met
    And the worker is asked "Beyond being safe, what matters to the adult: home, relationships, control, what they do?"

  Scenario: A closed case is for the audit, and nobody is asked about it any more
    Given what they want was recorded as safety alone
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "more than safety" is not met
    And the worker is not asked about "more than safety"

  Scenario: An adult may say that safety is all they want
    Given what they want was recorded as safety alone
    And the worker explained "more than safety" as agreed with the adult
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "more than safety" is explained

  Scenario Outline: Wishes come before plans
    Given the enquiry was planned 4 days after the concern
    And the adult was asked what they want <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "wishes before plans" is <verdict>

    Examples:
      | days | verdict  |
      | 3    | met      |
      | 4    | met      |
      | 5    | met late |

  Scenario: A changed mind is never a fault
    Given the adult said what they want
    And what they want was recorded in their words
    And the adult changed what they want 20 days after the concern
    When the case is looked at on 2026-01-30
    Then "talking it over again" is met
    And nothing about outcomes is missing

  Scenario: Nothing is done about a wish, and the reason is said
    Given what they want was recorded in their words
    And the court decides about what the adult wanted 28 days after the concern
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "an action for each wish" is explained
