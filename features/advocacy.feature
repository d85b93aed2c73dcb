Feature: Nobody goes through an enquiry alone

  Background:
    Given an enquiry was decided 2 days after the concern

  Scenario Outline: Two working days to think about advocacy
    Given the adult was thought able to take full part <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "considering advocacy" is <verdict>

    Examples:
      | days | verdict  |
      | 4    | met      |
      | 7    | met late |

  Scenario: An advocate is needed and none is arranged
    Given advocacy was considered and independent advocate was the conclusion 3 days after the concern
    When the case is looked at on 2026-03-31
    Then "considering advocacy" is met
    And "arranging an advocate" is not met

  Scenario: Thinking about the same need again gives no new days
    Given advocacy was considered and independent advocate was the conclusion 3 days after the concern
    And advocacy was considered and independent advocate was the conclusion 30 days after the concern
    When the case is looked at on 2026-02-05
    Then "arranging an advocate" is not met

  Scenario: No advocate is free, and that was raised higher up
    Given advocacy was considered and independent advocate was the conclusion 3 days after the concern
    And no advocate was free, which was escalated
    When the case is looked at on 2026-03-31
    Then "arranging an advocate" is partly met

  Scenario: An adult may do without
    Given advocacy was considered and independent advocate was the conclusion 3 days after the concern
    And the adult declined the advocate
    When the case is looked at on 2026-03-31
    Then "arranging an advocate" is explained

  Scenario Outline: The person who supports the adult can speak freely
    Given the adult's supporter was <person>
    When the case is looked at on 2026-03-31
    Then "a free supporter" is <verdict>

    Examples:
      | person                      | verdict |
      | a friend                    | met     |
      | a paid carer                | not met |
      | the person suspected        | not met |
      | somebody the adult rejected | not met |

  Scenario: What the record leaves out is not held against a friend
    Given the adult's supporter was somebody of whom no more is said
    When the case is looked at on 2026-03-31
    Then "a free supporter" is met

  Scenario: An IMCA is thought of before a protective plan
    Given the adult was found to lack capacity to be protected
    And the enquiry was planned 10 days after the concern
    When the case is looked at on 2026-03-31
    Then "considering an IMCA" is not met
