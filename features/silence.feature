@slow
Feature: Nothing goes wrong with an export in silence

  A page that looks whole is believed. So whatever happened to an export on its way to a scan is said
  where an auditor looks: in the summary, on the page and in the workbook.

  Rule: What can't be right is a fault, and the results are then incomplete
    Scenario: A row of totals at the end of the report
      Given a report of twelve cases of which the last row has their totals
      When the auditor scans it
      Then twelve cases are judged
      And the row is named, in the summary, on the page and in the workbook, as one that looks like a total
      And the results say that they are incomplete

    Scenario: A mistyped year
      Given an export in which the year of one conversation is mistyped
      When the auditor scans it
      Then that date is named, in the summary, on the page and in the workbook, as one that lies after the export
      And nothing is said to be missing from the case of that conversation
      And the results say that they are incomplete

    Scenario: A label that the mapping does not know
      Given a report in which one answer has a label that nobody has seen before
      When the auditor scans it
      Then that answer is named, in the summary, on the page and in the workbook, as one that did not map
      And nothing is said to be missing from the case of that answer
      And the results say that they are incomplete

    Scenario: A column that has lost its name
      Given a report in which the column of the conversations has another name than last month
      When the auditor scans it
      Then the column is named, in the summary, on the page and in the workbook, as one that is lacking
      And nobody is said not to have been asked
      And the results say that they are incomplete

    Scenario: A case that was lost on the way
      Given an export that announces twelve cases and holds eleven
      When the auditor scans it
      Then the lost case is told, in the summary, on the page and in the workbook, by how many were announced
      And the results say that they are incomplete

  Rule: What may be right, and should be looked at, is a warning
    Scenario: A month that nobody read
      Given a folder of reports in which the mapping names only one month
      When the auditor scans it
      Then the other month is named, in the summary, on the page and in the workbook, as a table that nothing reads
      And the results say that they are complete

    Scenario: A file that is no export
      Given a folder of exports with a table of another month beside them
      When the auditor scans it
      Then the table is named, in the summary, on the page and in the workbook, as one that is not read
      And the results say that they are complete

    Scenario: What office programs leave
      Given a folder of exports with hidden files and the lock of an open workbook
      When the auditor scans it
      Then they are counted, in the summary, on the page and in the workbook, and nothing of them is read
      And the results say that they are complete

  Rule: What can't be read at all is refused, and says what it is
    Scenario: A workbook in place of an export
      Given a workbook that was named as if it were XML
      When the auditor scans it
      Then it is refused as a workbook
      And the results of the last scan are still there as they were

    Scenario: Last quarter's page
      Given a folder with the page and the workbook of last quarter
      When the auditor scans this quarter into it without a page
      Then the page and the workbook of last quarter are gone, and the auditor is told so
