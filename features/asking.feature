Feature: The adult is asked what they want as soon as a concern is raised

  Scenario Outline: Two working days to ask
    Given a concern raised on Monday 5 January 2026
    And the adult was asked what they want <days> days later
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
