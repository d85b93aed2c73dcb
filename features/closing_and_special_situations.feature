Feature: A case ends with the adult, and some situations ask for more

  Scenario Outline: It is the adult who says how far they got
    Given what they want was recorded in their words
    And <who> said how far it was met
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "the adult's view at the end" is <verdict>

    Examples:
      | who            | verdict    |
      | the adult      | met        |
      | a professional | partly met |

  Scenario: What was not achieved has its reason, and is no fault
    Given what they want was recorded in their words
    And the court decides about what the adult wanted 28 days after the concern
    When the case is looked at on 2026-03-31
    Then "the reason for falling short" is met

  Scenario: The adult does not want the case closed
    Given the case was closed against the adult's wish
    When the case is looked at on 2026-03-31
    Then "sharing the closure" is not met
    And the worker is asked "Does the adult know that this is closing, what do they think of it, and do they know who to call?"

  Scenario Outline: Eight weeks to offer a say on how it felt
    Given the case was closed with the adult 10 days after the concern
    And the adult was offered a say <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "a say on how it felt" is <verdict>

    Examples:
      | days | verdict  |
      | 66   | met      |
      | 67   | met late |

  Scenario: The risk goes on, and the adult chose that
    Given the case was closed with risk that goes on
    And the adult chose the risk with open eyes
    When the case is looked at on 2026-03-31
    Then "a plan for risk that goes on" is explained

  Scenario: Where abuse is at home, the adult is heard alone
    Given a concern about domestic abuse
    And the adult was asked with the partner in the room
    And an enquiry was decided 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "being heard alone" is not met

  Scenario: An adult who neglects themselves says no, and somebody keeps a door open
    Given a concern about self-neglect
    And the adult's view on the enquiry was no
    And the adult chose the risk with open eyes
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "no is not the end" is explained

  Scenario: The adult has died
    Given a concern raised on Monday 5 January 2026
    And the adult died of suspected neglect 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "asking what they want" is not applicable
    And "learning from a death" is not met

  Scenario Outline: The third concern in half a year
    Given a concern with <earlier> earlier ones in half a year
    And the concern led to advice instead of an enquiry
    When the case is looked at on 2026-03-31
    Then "a pattern of concerns" is <verdict>

    Examples:
      | earlier | verdict        |
      | 1       | not applicable |
      | 2       | not met        |
