@slow
Feature: A report whose numbers can be traced

  Scenario: A number is traced to its cases
    Given the report page of the made-up council
    When the auditor counts the cases' verdicts of COM-01 that are not evidenced
    Then the page's own count for that rule is the same

  Scenario: A gap in what the export supplies is said before anything else
    Given the report page of an export that supplies nothing on advocacy
    When the auditor reads what comes first
    Then the page says that advocacy is not supplied
    And the rules on advocacy that cannot tell for want of it are named

  Scenario: The first screen says which case to ask about
    Given the report page of the made-up council
    When the auditor reads what comes first
    Then the case with most not evidenced is named with the question to ask
    And the agency with the largest share of such cases is named
