@slow
Feature: Whatever a case system exports can be audited
  An auditor describes once, in a mapping file, how a system writes its cases. Nothing is guessed in
  silence: what the system can't say, and what the mapping does not know, is told.

  Rule: The shape of an export changes no verdict

    Scenario Outline: The same cases in another shape
      Given the cases of a made-up council as <shape> of another system
      And a mapping file that describes all of them
      When the auditor scans the export
      Then every verdict is that of the canonical export

      Examples:
        | shape                    |
        | forms with questions     |
        | row sets in mixed order  |

    Scenario: A wide report with titles, totals and blank cells
      Given a monthly report as the system dumps it
      When the auditor scans the export
      Then every verdict is that of the canonical export
      And the scan is complete

  Rule: Nothing of an export is passed over in silence

    Scenario: A file of another name lies beside the months
      Given a monthly report as the system dumps it
      And a file "Outcomes.csv" beside it that the mapping does not read
      When the auditor scans the export
      Then the warnings name "Outcomes"
      And the scan is complete

    Scenario: The system writes a label otherwise than the mapping
      Given a monthly report as the system dumps it
      And a mapping that looks for "YES - outcomes expressed" there
      When the auditor scans the export
      Then the fault says that no case has "outcome_expressed"
      And nothing about outcomes that were expressed is called not evidenced

  Rule: What a council assumes is seen by everybody who reads a result

    Scenario: An assumption is named with the rules that rest on it
      Given a monthly report as the system dumps it
      And the assumption that every concern is about an identified adult
      When the auditor scans the export
      Then the result names the assumption, with 9 events and the rule ASK-01

  Rule: A single answer can be followed back to the system's own record

    Scenario: The auditor asks why a rule can't tell
      Given an export whose sixteenth line has an answer that the mapping does not know
      When the auditor asks why ASK-01 answers as it does in case R-2
      Then the explanation names the field "identified_adult" of form f1
      And it names line 16 of the export

    Scenario: The auditor asks for a case that the export does not hold
      Given an export with concerns and conversations alone
      And its mapping file
      When the auditor asks why ASK-01 answers as it does in case R-22
      Then the auditor is asked whether R-2 was meant

  Rule: What a system can't say is never held against anybody

    Scenario: A gap in supply is said
      Given an export with concerns and conversations alone
      And its mapping file
      When the auditor scans the export
      Then whether the duty to enquire was decided cannot be told
      And nothing about decisions is called not evidenced

    Scenario: The gap is known before any case is read
      Given an export with concerns and conversations alone
      And its mapping file
      When the mapping file is checked
      Then DEC-01 is named as a rule that can't tell, for want of "s42_decided"

  Rule: What a mapping does not know is told

    Scenario: An unknown label is said with its line
      Given an export whose sixteenth line has an answer that the mapping does not know
      When the auditor scans the export
      Then the fault names line 16, case R-2 and the field "identified_adult"
      And the answer itself is not repeated

    Scenario: An unknown label that a mapping hides is counted all the same
      Given an export whose fifteenth line has a source that the mapping calls "other"
      When the mapping file is tried on the export
      Then one source of two did not map

    Scenario: A slip of the pen is an error, and nothing is scanned
      Given a mapping file with the field "identifed_adult"
      When the auditor scans the export
      Then the scan is refused with 'unknown field "identifed_adult"; did you mean "identified_adult"?'

  Rule: Nobody starts from an empty page

    Scenario: A first mapping file is drafted from an export
      Given an export with concerns and conversations alone
      When a mapping file is drafted from it
      Then the draft reads every case with the date of its concern
      And each guess in it says that it is one
      And no answer that stands in one case alone is in the draft
