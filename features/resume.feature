@slow @killed
Feature: A scan that breaks off is not lost

  Background:
    Given a large export that takes its time

  Scenario: The machine fails half way, and the auditor goes on
    Given the scan broke off half way
    When the auditor goes on with the scan
    Then the results are those of a scan that nothing disturbed
    And nothing unfinished is left beside them

  Scenario: The auditor stops a scan and looks at what there is
    When the auditor stops the scan half way
    Then the results so far say that they are incomplete
    And they say after how many cases the scan was stopped

  Scenario: The export was replaced before the auditor went on
    Given the scan broke off half way
    And the export was replaced by a newer one
    When the auditor goes on with the scan
    Then the auditor is told that the inputs differ
