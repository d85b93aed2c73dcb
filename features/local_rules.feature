Feature: A team makes the rules its own
  A small ruleset wants the adult asked within five working days of a concern (PL-01), and says of
  another such rule (FL-01) that nobody may ask for less.

  Scenario Outline: A number is changed
    Given the council wants PL-01 within 3 working days
    And a concern raised on Monday 11 May 2026
    And the enquiry started
    And the adult was asked what they want on <day>
    When the case is looked at on 30 June 2026
    Then PL-01 is <verdict>

    Examples:
      | day         | verdict  |
      | 14 May 2026 | met      |
      | 15 May 2026 | met late |

  Scenario: A rule is silenced with a reason, in plain sight
    Given the council switches PL-01 off until 30 June 2026, because "the form is being changed"
    When somebody asks what is different here
    Then the answer is 'PL-01: enabled was true and is false, until 2026-06-30: the form is being changed'

  Scenario Outline: A silenced rule speaks again
    Given the council switches PL-01 off until 30 June 2026, because "the form is being changed"
    And a concern raised on Monday 11 May 2026
    And the enquiry started
    When the case is looked at on <day>
    Then PL-01 is <state>

    Examples:
      | day          | state        |
      | 30 June 2026 | switched off |
      | 1 July 2026  | not met      |

  Scenario: A rule can't be silenced for good
    Given the council switches PL-01 off for good
    When the council's rules are checked
    Then the answer is "PL-01 can be switched off only for a time: give expires"

  Scenario: A waiver sets a finding aside, and the finding and its question stay
    Given the council waives PL-01 for the north team until 30 June 2026
    And the case's team is "north"
    And a concern raised on Monday 11 May 2026
    And the enquiry started
    When the case is looked at on 30 June 2026
    Then PL-01 is not met
    And PL-01 is waived by "the north team moves"
    And the worker is asked about PL-01

  Scenario: A waiver ends, and its finding is back
    Given the council waives PL-01 for the north team until 30 June 2026
    And the case's team is "north"
    And a concern raised on Monday 11 May 2026
    And the enquiry started
    When the case is looked at on 1 July 2026
    Then PL-01 is not waived
    And the worker is asked about PL-01

  Scenario: A waiver is for its own team
    Given the council waives PL-01 for the north team until 30 June 2026
    And the case's team is "south"
    And a concern raised on Monday 11 May 2026
    And the enquiry started
    When the case is looked at on 30 June 2026
    Then the worker is asked about PL-01

  Scenario: A filter leaves out what is counted elsewhere
    Given the council leaves concerns of the police out of PL-01 until 30 June 2026
    And concern raised is recorded on 11 May 2026 with source "police"
    And the enquiry started
    When the case is looked at on 30 June 2026
    Then PL-01 is not applicable
    And PL-01 is left out by "counted in the hub"

  Scenario: A filter that matched nothing is reported
    Given the council leaves concerns of the police out of PL-01 until 30 June 2026
    When cases without such a concern are scanned as of 30 June 2026
    Then the answer is 'filter "counted in the hub" (town) matched nothing'

  Scenario Outline: A floor is held
    Given the council wants FL-01 within <days> working days
    When the council's rules are checked
    Then the answer is "<answer>"

    Examples:
      | days | answer                                                                          |
      | 4    | no mistake                                                                      |
      | 6    | FL-01 is a floor: within is 5; 6 (from 2026-01-01 on) would ask for less |

  Scenario: A floor is not waived
    Given the council waives FL-01 for the north team until 30 June 2026
    When the council's rules are checked
    Then the answer is 'FL-01 is a floor: the waiver "the north team moves" would weaken it'

  Scenario: A slip of the pen is answered with the nearest name
    Given the council wants PL-1 within 3 working days
    When the council's rules are checked
    Then the answer is 'unknown rule "PL-1"; did you mean "PL-01"?'
