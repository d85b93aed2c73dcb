Feature: A report whose numbers can be traced

  Scenario: A number is traced to its cases
    Given the report page of the made-up council
    When the auditor counts the cases' verdicts of COM-01 that are not evidenced
    Then the page's own count for that rule is the same
