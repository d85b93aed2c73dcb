Feature: Bad input loses nothing that was good

  Scenario: One date that does not exist
    Given an export of three cases of which the second holds a date that does not exist
    When the export is read
    Then all three cases are there
    And the fault names C2 e1 line 3
