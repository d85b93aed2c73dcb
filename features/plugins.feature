Feature: The case system stays up whatever a plug-in does

  A case system that embeds the prompts goes on working: it gets its answer in time, from every
  plug-in that gave one, and is told by name which did not.

  Background:
    Given a case system with a plug-in that shows cards

  Scenario Outline: A plug-in that misbehaves is named and the others go on
    Given another plug-in that <misbehaves>
    When the case system has a card to show
    Then the card is shown
    And the other plug-in is named with the fault <fault>
    And nothing of the card is told of the fault

    Examples:
      | misbehaves                    | fault            |
      | raises an error               | raised           |
      | tries to end the whole system | raised           |
      | never answers                 | overran          |
      | works without end             | overran          |
      | gives something else          | invalid result   |
      | gives far too much            | result too large |

  Scenario: A plug-in that never answers holds the system up once
    Given another plug-in that never answers
    When the case system has a card to show
    And it has a second card to show
    Then the card is shown
    And the other plug-in is named as one that was set aside

  Scenario: Somebody has mended it
    Given another plug-in that never answers
    And the case system had a card to show
    When the plug-in is mended and taken up again
    Then both show the card

  Scenario: A misspelt hook is refused before anything runs
    When a plug-in is added that misspells what it can do
    Then it is refused with the right name and the line to change
