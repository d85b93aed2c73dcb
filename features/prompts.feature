Feature: A worker is asked few questions, at the right step, and never the same one twice without cause

  Background:
    Given a concern raised on Monday 5 January 2026

  Rule: A question is asked at the steps and of the roles that its rule names

    Scenario Outline: Each question has its step
      When a worker comes to <step> on 2026-01-05
      Then the question of "<question>" is <there>

      Examples:
        | step                  | question               | there     |
        | recording a concern   | asking what they want  | there     |
        | recording a concern   | sharing the closure    | not there |
        | closing the case      | sharing the closure    | there     |
        | closing the case      | asking what they want  | not there |
        | the page of the case  | sharing the closure    | not there |

    Scenario: Whoever is not meant is not asked
      When an advocate comes to recording a concern on 2026-01-05
      Then nothing is asked

    Scenario: A limit that comes near brings its question to the page of the case
      When a worker comes to the page of the case on 2026-01-06
      Then the question of "asking what they want" is there

  Rule: Few questions at once

    Scenario: One question stops the worker and three stand beside
      When a worker comes to recording a concern on 2026-01-05
      Then the question of "safe right now" stops the worker
      And 3 questions stand beside
      And 1 question is held back for later

    Scenario: Nobody is stopped twice by the same question
      Given on 2026-01-05 the question of "safe right now" was shown
      When a worker comes to recording a concern on 2026-01-05
      Then the question of "safe right now" stands beside

  Rule: The record answers

    Scenario: What is recorded is not asked
      Given the adult was asked what they want 1 day after the concern
      When a worker comes to recording a concern on 2026-01-06
      Then the question of "asking what they want" is not there

    Scenario: An answer that was entered in error does not count
      Given the adult was asked what they want 1 day after the concern
      And on 2026-01-07 that entry turned out to be an error
      When a worker comes to recording a concern on 2026-01-07
      Then the question of "asking what they want" is there

  Rule: Asked once

    Scenario Outline: Who has taken a question on is asked once more when it is overdue
      Given on 2026-01-05 the worker took on the question of "asking what they want"
      When a worker comes to recording a concern on <day>
      Then the question of "asking what they want" is <there>

      Examples:
        | day        | there     |
        | 2026-01-07 | not there |
        | 2026-01-08 | there     |

    Scenario: Who has taken on an overdue question is left in peace
      Given on 2026-01-08 the worker took on the question of "asking what they want"
      When a worker comes to the page of the case on 2026-03-31
      Then the question of "asking what they want" is not there

  Rule: Put off

    Scenario Outline: A question that was put off comes back on its day
      Given on 2026-01-05 the worker put off the question of "asking what they want" until 2026-01-12
      When a worker comes to recording a concern on <day>
      Then the question of "asking what they want" is <there>

      Examples:
        | day        | there     |
        | 2026-01-11 | not there |
        | 2026-01-12 | there     |

  Rule: Overruled with a reason

    Scenario Outline: A reason that the rule accepts counts once it is in the record
      Given on 2026-01-06 the worker overruled the question of "asking what they want" as unsafe, to be reviewed by 2026-01-12
      And that reason was <written>
      When the case is looked at on 2026-01-12
      Then "asking what they want" is <verdict>

      Examples:
        | written             | verdict   |
        | put into the record | explained |
        | put nowhere         | not met   |

    Scenario: A reason that has passed its review is asked about again
      Given on 2026-01-06 the worker overruled the question of "asking what they want" as unsafe, to be reviewed by 2026-01-12
      And that reason was put into the record
      When a worker comes to recording a concern on 2026-01-13
      Then the question of "asking what they want" is there

    Scenario: Any other reason ends the asking
      Given on 2026-01-06 the worker overruled the question of "asking what they want" as not my role
      When a worker comes to recording a concern on 2026-03-31
      Then the question of "asking what they want" is not there

    Scenario: Any other reason says nothing to an auditor
      Given on 2026-01-06 the worker overruled the question of "asking what they want" as not my role
      When the case is looked at on 2026-03-31
      Then "asking what they want" is not met

  Rule: Promised

    Scenario Outline: A promise that is forgotten brings the question back
      Given on 2026-01-05 the worker promised to record "safe right now"
      When a worker comes to the page of the case on <day>
      Then the question of "safe right now" is <there>

      Examples:
        | day        | there     |
        | 2026-01-05 | not there |
        | 2026-01-06 | there     |

    Scenario: A promise that is kept does not
      Given on 2026-01-05 the worker promised to record "asking what they want"
      And the adult was asked what they want 1 day after the concern
      When a worker comes to recording a concern on 2026-01-12
      Then the question of "asking what they want" is not there

    Scenario: What a colleague has answered is not asked, and can be seen
      Given on 2026-01-05 a colleague promised to record "asking what they want"
      When a worker comes to recording a concern on 2026-01-06
      Then the question of "asking what they want" is not there
      And it can be seen that "asking what they want" was promised until 2026-01-08

  Rule: A question of safety is never silenced for long

    Scenario Outline: Put off for too long
      Given on 2026-01-05 the worker put off the question of "safe right now" until 2099-01-01
      When a worker comes to the page of the case on <day>
      Then the question of "safe right now" is <there>

      Examples:
        | day        | there     |
        | 2026-01-05 | not there |
        | 2026-01-06 | there     |

    Scenario: To have seen it is not enough
      Given on 2026-01-05 the worker took on the question of "safe right now"
      When a worker comes to the page of the case on 2026-01-05
      Then the question of "safe right now" is there
      And the worker hears that it lacks a reason

    Scenario Outline: A reason without words explains nothing, and holds for a day
      Given on 2026-01-05 the worker overruled the question of "safe right now" as emergency action, without words
      When a worker comes to the page of the case on <day>
      Then the question of "safe right now" is <there>
      And the worker hears that it lacks words and a review date

      Examples:
        | day        | there     |
        | 2026-01-05 | not there |
        | 2026-01-06 | there     |
