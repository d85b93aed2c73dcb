Feature: Capacity is thought about early, for one decision at a time

  Scenario Outline: Capacity is considered by the decision
    Given a concern raised on Monday 5 January 2026
    And capacity was considered <days> days after the concern
    And an enquiry was decided 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "early capacity" is <verdict>

    Examples:
      | days | verdict  |
      | 1    | met      |
      | 2    | met      |
      | 3    | met late |

  Scenario: No reason to doubt is a good answer
    Given capacity was considered 1 days after the concern
    And an enquiry was decided 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "assessing a doubt" is not applicable

  Scenario Outline: A doubt leads to an assessment within ten working days
    Given a doubt about capacity was noted
    And a full assessment followed <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "assessing a doubt" is <verdict>

    Examples:
      | days | verdict  |
      | 14   | met      |
      | 15   | met late |

  Scenario: An adult who can't be reached yet is no gap
    Given a doubt about capacity was noted
    And the worker explained "assessing a doubt" as out of reach
    When the case is looked at on 2026-03-31
    Then "assessing a doubt" is explained

  Scenario Outline: An assessment names its decision, the help given and the four abilities
    Given <assessment>
    When the case is looked at on 2026-03-31
    Then "a full assessment" is <verdict>

    Examples:
      | assessment                                    | verdict    |
      | a full assessment followed                    | met        |
      | an assessment without the help given followed | partly met |
      | a blanket assessment followed                 | not met    |
      | an assessment in a filed document followed    | explained  |

  Scenario: A decision in the adult's best interests starts from their wishes
    Given the adult was found to lack capacity 3 days after the concern
    And a best-interests decision left out the adult's wishes
    When the case is looked at on 2026-03-31
    Then "best interests" is partly met
    And the worker is asked "What would the adult have wanted, who was asked, and what less restrictive choice was weighed?"
