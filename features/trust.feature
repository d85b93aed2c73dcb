@slow
Feature: Results that can be traced, checked and handed on

  Rule: Every number leads to a case, a rule and a source
    Scenario: A number of a shared report is traced to its source
      Given the shared results of the made-up council
      When the auditor follows one of the cases that the report counts as not evidenced for COM-01
      Then the case is found in the export
      And the reason for the verdict on that case is told
      And the place in guidance or law that the rule rests on is told

    Scenario: The pseudonym of one case leads to no other
      Given the shared results of the made-up council
      When the auditor follows every pseudonym of a case
      Then each leads to a case of its own

  Rule: A doubted result can be checked
    Scenario: A result is verified a month later
      Given results of the made-up council that were made a month ago
      When the auditor has them verified
      Then the results are the ones that were made
      And a new scan gives every byte of them again

    Scenario Outline: One altered byte is noticed
      Given results of the made-up council that were made a month ago
      And one byte of the <file> has been altered since
      When the auditor has them verified
      Then only the <file> is named as altered

      Examples:
        | file            |
        | report page     |
        | workbook        |
        | result document |

    Scenario: An altered export is noticed
      Given results of the made-up council that were made a month ago
      And the export has been altered since
      When the auditor has them verified
      Then the export is named as altered
      And nothing is said to be repeated

    Scenario: A manifest that was altered after it was signed
      Given signed results of the made-up council
      And the manifest has been altered since
      When the auditor has them verified
      Then the signature is said not to fit

  Rule: A report that is handed on names nobody
    Scenario: Nobody is named
      Given an export in which every word that people wrote names a person
      When the council makes results to hand on
      Then nobody is named in them

    Scenario: A board follows a case from quarter to quarter
      Given shared results of the made-up council for two quarters
      When the board looks for the cases of the first quarter
      Then each has the same pseudonym in the second

    Scenario: Another council's key gives other pseudonyms
      Given the same results shared by two councils
      When somebody looks for the cases of one in the other's
      Then none is found
