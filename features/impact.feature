@slow
Feature: A team sees the effect of a change of its rules before it goes live

  Background:
    Given last year's cases of a council

  Rule: What would be found otherwise is shown case by case

    Scenario: A shorter limit finds more
      Given a draft in which the section 42 decision is due within 0 working days
      When the team looks at the effect of the draft
      Then findings of "DEC-02" appear
      And each of them names its case
      And no finding disappears
      And no rule but "DEC-02" is touched

    Scenario: A longer limit finds less
      Given a draft in which the section 42 decision is due within 20 working days
      When the team looks at the effect of the draft
      Then findings of "DEC-02" disappear
      And no finding appears

    Scenario: A rule that is switched off has met nothing
      Given a draft in which "PLAN-02" is switched off until the end of next year
      When the team looks at the effect of the draft
      Then the findings of "PLAN-02" count as switched off
      And no finding disappears

    Scenario: A waiver sets findings aside and silences no question
      Given a draft in which "INV-02" is waived for the team "north"
      When the team looks at the effect of the draft
      Then the findings of "INV-02" in the team "north" count as waived
      And the findings of "INV-02" in the team "south" stay
      And no question is asked less often

  Rule: The shape of an export changes nothing that is shown

    Scenario: The council's own system exports the cases
      Given the cases as forms of another system, with their mapping file
      And a draft in which the section 42 decision is due within 0 working days
      When the team looks at the effect of the draft
      Then findings of "DEC-02" appear
      And the effect is that on the canonical export

  Rule: How often workers would be asked is told in words

    Scenario: A new rule begins to ask
      Given a draft with a local rule that asks workers at every concern
      When the team looks at the effect of the draft
      Then the forecast says that prompts of "X-CARD-01" would begin
      And workers would be asked more often each week
      And the number of prompts held back from workers is told

    Scenario: A moved limit asks nobody more often
      Given a draft in which the section 42 decision is due within 1 working days
      When the team looks at the effect of the draft
      Then the forecast says that nobody would be asked more or less often
