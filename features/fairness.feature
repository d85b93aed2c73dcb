Feature: The record is read fairly

  Scenario Outline: An explanation satisfies a rule as long as it stands
    Given a concern raised on Monday 5 January 2026
    And the worker noted that the adult was too unwell, to be reviewed by 2026-01-20
    When the case is looked at on <day>
    Then "asking what they want" is <verdict>

    Examples:
      | day        | verdict    |
      | 2026-01-20 | explained  |
      | 2026-01-21 | partly met |

  Scenario: A reason in the worker's own words is accepted
    Given a concern raised on Monday 5 January 2026
    And the worker explained "asking what they want" as unsafe
    When the case is looked at on 2026-01-15
    Then "asking what they want" is explained

  Scenario: What is absent is not a no
    Given a concern that does not say whether there is an identified adult
    When the case is looked at on 2026-03-31
    Then "asking what they want" is not met

  Scenario Outline: A response that is no more than is needed
    Given a response with <parts>
    When the case is looked at on 2026-03-31
    Then "a proportionate response" is <verdict>

    Examples:
      | parts                                                | verdict    |
      | the reason and a lighter option and the adult's view | met        |
      | the reason and a lighter option                      | partly met |
      | the reason                                           | not met    |
