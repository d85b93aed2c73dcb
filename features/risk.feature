Feature: Risk is met by the lightest answer that works

  Background:
    Given a concern raised on Monday 5 January 2026 at 10:00

  Scenario Outline: A day to find out whether the adult is safe
    Given the adult was found safe <hours> hours after the concern
    When the case is looked at on 2026-03-31
    Then "safe right now" is <verdict>

    Examples:
      | hours | verdict  |
      | 24    | met      |
      | 25    | met late |

  Scenario: Nobody could say whether the adult is safe
    Given a visit left open whether the adult is safe
    When the case is looked at on 2026-03-31
    Then "safe right now" is partly met
    And the worker is asked "Is the adult safe right now?"

  Scenario Outline: The adult weighs up choices
    Given the risk was judged high 3 days after the concern
    And the adult weighed up <options> 10 days after the concern
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "weighing options" is <verdict>

    Examples:
      | options     | verdict    |
      | two options | met        |
      | one option  | partly met |

  Scenario Outline: An open case with a high risk is not silent for months
    Given the risk was judged high 3 days after the concern
    When the case is looked at on <day>
    Then "weighing options" is <verdict>

    Examples:
      | day        | verdict     |
      | 2026-02-05 | not yet due |
      | 2026-02-06 | not met     |

  Scenario: An adult may not want to weigh anything up
    Given the risk was judged high 3 days after the concern
    And the worker explained "weighing options" as declined by the adult
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "weighing options" is explained

  Scenario Outline: A wish that carries risk is made liveable
    Given what they want was recorded as carrying risk
    And <answer>
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "living with the risk" is <verdict>

    Examples:
      | answer                                              | verdict   |
      | a safeguard for the wish was agreed                 | met       |
      | the adult chose the risk of the wish with open eyes | explained |

  Scenario: A wish that carries risk is left to itself
    Given what they want was recorded as carrying risk
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "living with the risk" is not met

  Scenario: A conversation needs no justification
    Given the response was a conversation
    When the case is looked at on 2026-03-31
    Then "a proportionate response" is not applicable
