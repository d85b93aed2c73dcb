Feature: What our procedure asks for
  Every step is a sentence of msp-rules: "msp-rules test --steps" prints them all.

  Scenario Outline: Two working days for the decision
    Given a concern raised on @CONCERN IN WORDS@
    And a decision on the duty to enquire is recorded on <day> with result "no enquiry"
    When the case is looked at on @LATER IN WORDS@
    Then DEC-02 is <verdict>

    Examples:
      | day | verdict |
      | @SECOND IN WORDS@ | met |
      | @THIRD IN WORDS@ | met late |

  Scenario: The adult has no letter yet
    Given a concern raised on @CONCERN IN WORDS@
    When the case is looked at on @SIXTH IN WORDS@
    Then X-LETTER-01 is not met
    And the worker is asked "Has the adult got a letter, or would it be unsafe to send one?"

  Scenario: A letter was sent
    Given a concern raised on @CONCERN IN WORDS@
    And a letter sent is recorded on @FIFTH IN WORDS@ with how "by post"
    When the case is looked at on @LATER IN WORDS@
    Then X-LETTER-01 is met

  Scenario: While the waiver lasts, the north team's letters are not counted, but still asked for
    Given the case's team is "north"
    And a concern raised on @CONCERN IN WORDS@
    And a decision on the duty to enquire is recorded on @SECOND IN WORDS@ with result "no enquiry"
    When the case is looked at on @EXPIRES IN WORDS@
    Then COM-01 is waived by "north team moves to the new system"
    And the worker is asked about COM-01

  Scenario: From the day after, they count again
    Given the case's team is "north"
    And a concern raised on @CONCERN IN WORDS@
    And a decision on the duty to enquire is recorded on @SECOND IN WORDS@ with result "no enquiry"
    When the case is looked at on @AFTER IN WORDS@
    Then COM-01 is not met
    And COM-01 is not waived
