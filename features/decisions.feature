Feature: Decisions are clear, and the work does not drift

  Background:
    Given a concern raised on Monday 5 January 2026

  Scenario Outline: Three working days to decide
    Given a full decision on an enquiry was taken <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "a timely decision" is <verdict>

    Examples:
      | days | verdict  |
      | 3    | met      |
      | 4    | met late |

  Scenario: More information is needed, and that is said with a date
    Given more information was asked for, to be looked at by 2026-01-23
    When the case is looked at on 2026-01-23
    Then "a timely decision" is explained

  Scenario: A decision without its reasons
    Given an enquiry was decided 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "a complete decision" is not met
    And the worker is asked "Which tests were met, and what led to this decision?"

  Scenario: No enquiry, and the adult still gets help
    Given the adult was asked what they want 1 days after the concern
    And the concern led to advice instead of an enquiry 2 days after the concern
    When the case is looked at on 2026-03-31
    Then "ending well without an enquiry" is met

  Scenario: Whoever raised the concern can't be reached
    Given the concern led to advice instead of an enquiry
    And the worker explained "telling the referrer" as out of reach
    When the case is looked at on 2026-03-31
    Then "telling the referrer" is explained

  Scenario Outline: Seven working days to plan, and a conversation will do
    Given a full decision on an enquiry was taken 2 days after the concern
    And the enquiry was planned <days> days after the concern
    When the case is looked at on 2026-03-31
    Then "planning soon" is <verdict>

    Examples:
      | days | verdict  |
      | 11   | met      |
      | 14   | met late |

  Scenario Outline: The date agreed with the adult goes before the usual one
    Given the enquiry started 4 days after the concern
    And the enquiry was to end by 2026-03-25, as agreed with the adult
    When the case is looked at on <day>
    Then "an enquiry that moves" is <verdict>

    Examples:
      | day        | verdict     |
      | 2026-03-25 | not yet due |
      | 2026-03-26 | not met     |
