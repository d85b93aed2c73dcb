@slow
Feature: An audit of case files by people, from the sample to the board

  Rule: Cases are drawn, sent out and collected
    Scenario: An audit goes from an export to the board
      Given workbooks of a sample of the made-up council
      When the auditors fill them in and they are collected
      Then the board's report has the action with its owner and day
      And no other file holds what the auditors wrote

    Scenario: Every wrong cell is named at once
      Given workbooks of a sample of the made-up council
      And a rating that is not one, a date that is not one, and a peer of the same agency
      When the auditors fill them in and they are collected
      Then all three cells are named, and nothing is collected

  Rule: The board hears what was found, as learning
    Scenario: A few cases of each agency are for learning
      Given an audit of three cases of each of five agencies
      When the board's report is written
      Then it says that it is for learning, not statistics
      And no question is summed up for an agency by a percentage

    Scenario: Good practice stands beside the gaps
      Given an audited case in which an advocate came at once
      And an audited case in which nobody asked about advocacy
      When the board's report is written
      Then the question on advocacy has the one beside the other

    Scenario: An action belongs to a role
      Given an audited case with an action of "Priya Shah" and one of "Team manager"
      When the board's report is written
      Then the auditors are warned of one owner, by its place alone
      And both actions stand in the report

    Scenario: A workbook that is not back does not hold up the others
      Given an audit of three cases of each of five agencies
      And a sixth agency whose workbook is not back
      When the board's report is written
      Then the sixth agency is named as not back yet
      And the cases of the other five are counted

    Scenario: A shared report holds counts and no words of auditors
      Given an audit of three cases of each of five agencies
      When the board's report is written to be shared
      Then nothing that an auditor wrote is in it
      And its counts are those of the board's own report

  Rule: Those who rate are compared
    Scenario: A rule that auditors often overturn is named with its cases
      Given an audit in which auditors overturned 2 of 6 ratings by ASK-01
      When the board's report is written
      Then the report calls ASK-01 often overturned, with the 2 cases

    Scenario: A rule that auditors seldom overturn is not called to account
      Given an audit in which auditors overturned 2 of 7 ratings by ASK-01
      When the board's report is written
      Then the report does not call ASK-01 often overturned

    Scenario Outline: Agreement is measured from ten cases up
      Given an audit in which agency and peer rated <cases> cases
      When the board's report is written
      Then their agreement is given as <form>

      Examples:
        | cases | form     |
        | 9     | counts   |
        | 10    | measures |
