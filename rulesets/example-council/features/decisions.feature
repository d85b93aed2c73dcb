Feature: The council decides within two working days from April 2026 on

  Scenario Outline: The second working day is the last good one
    Given a concern raised on Tuesday 5 May 2026
    And a decision on the duty to enquire is recorded on <day> with result "no enquiry"
    When the case is looked at on 30 June 2026
    Then DEC-02 is <verdict>
    And DEC-02 is due on 7 May 2026

    Examples:
      | day        | verdict  |
      | 7 May 2026 | met      |
      | 8 May 2026 | met late |

  Scenario: Letters of the north team are still in the old system
    Given the case's team is "north"
    And a concern raised on Tuesday 5 May 2026
    And a decision on the duty to enquire is recorded on 6 May 2026 with result "no enquiry"
    When the case is looked at on 31 December 2026
    Then COM-01 is waived by "north team moves to the new system"
    And the worker is asked about COM-01

  Scenario: From the new year on, they count again
    Given the case's team is "north"
    And a concern raised on Tuesday 5 May 2026
    And a decision on the duty to enquire is recorded on 6 May 2026 with result "no enquiry"
    When the case is looked at on 1 January 2027
    Then COM-01 is not met
    And COM-01 is not waived
