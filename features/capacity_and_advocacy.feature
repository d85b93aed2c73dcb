Feature: Capacity is thought about early, and who will support the adult

  Scenario Outline: Capacity is considered by the decision
    Given a concern raised on Monday 5 January 2026
    And capacity was considered <days> days after the concern
    And an enquiry was decided on 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "early capacity" is <verdict>

    Examples:
      | days | verdict  |
      | 1    | met      |
      | 2    | met      |
      | 3    | met late |

  Scenario: An advocate is needed and none is arranged
    Given an enquiry was decided on 2 days after the concern
    And advocacy was considered and independent advocate was the conclusion
    When the case is looked at on 2026-03-31
    Then "considering advocacy" is met
    And "arranging an advocate" is not met
