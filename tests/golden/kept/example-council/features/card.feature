Feature: The adult gets the council's card with the numbers to call

  Scenario Outline: Five working days to hand it over
    Given a concern raised on Monday 5 January 2026
    And a feedback card given is recorded on <day> with how "by hand"
    When the case is looked at on 31 March 2026
    Then X-CARD-01 is <verdict>

    Examples:
      | day             | verdict  |
      | 12 January 2026 | met      |
      | 13 January 2026 | met late |

  Scenario: Nobody has given it yet
    Given a concern raised on Monday 5 January 2026
    When the case is looked at on 13 January 2026
    Then X-CARD-01 is not met
    And the worker is asked "Has the adult got the council's card, or would it be unsafe to have it?"

  Scenario: Somebody dangerous reads the post
    Given a concern raised on Monday 5 January 2026
    And the worker explained X-CARD-01 as unsafe
    When the case is looked at on 13 January 2026
    Then X-CARD-01 is explained
