@slow
Feature: A council takes the next release of the core and loses nothing of its own

  Background:
    Given a council whose section 42 decision is due within 2 working days
    And the council has waived "INV-02" for the team "north"

  Scenario: What the release leaves alone merges by itself
    Given a new release of the core that words a question of "ASK-01" anew
    When the council takes the release
    Then nothing has to be decided
    And the section 42 decision is still due within 2 working days
    And "ASK-01" asks in the new words
    And the council's comments are all still there

  Scenario: Both have changed the same number
    Given a new release of the core in which the section 42 decision is due within 4 working days
    When the council takes the release
    Then it has to decide on "DEC-02.decide_within" between 2 and 4 working days
    And nothing is written

  Scenario Outline: The council decides
    Given a new release of the core in which the section 42 decision is due within 4 working days
    And the council decides to <way> "DEC-02.decide_within"
    When the council takes the release
    Then the section 42 decision is due within <days> working days

    Examples:
      | way  | days |
      | keep | 2    |
      | take | 4    |

  Scenario: A rule is gone from the core
    Given a new release of the core without "INV-02"
    When the council takes the release
    Then it can only give up "INV-02.waiver"
    And nothing is written

  Scenario: A preview writes nothing
    Given a new release of the core that words a question of "ASK-01" anew
    When the council looks at the release first
    Then nothing has to be decided
    And nothing is written
