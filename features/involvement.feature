Feature: The adult is part of it all, and partners carry their voice

  Scenario Outline: A meeting includes the adult in the way that suits them
    Given a meeting was held <how>
    When the case is looked at on 2026-03-31
    Then "taking part in meetings" is <verdict>

    Examples:
      | how                                     | verdict    |
      | with the adult in the room              | met        |
      | with the adult's words read out         | met        |
      | with the adult, and no record for them  | partly met |
      | without the adult, who preferred not to | explained  |
      | without the adult, and no reason        | not met    |

  Scenario Outline: Three weeks without a word are a long time
    Given the enquiry started 4 days after the concern
    And the adult heard from the team 10 days after the concern
    And the adult heard from the team <days> days after the concern
    When the case is looked at on 2026-02-20
    Then "hearing from the team" is <verdict>

    Examples:
      | days | verdict |
      | 31   | met     |
      | 32   | not met |

  Scenario: A call that nobody answered is no contact
    Given the enquiry started 4 days after the concern
    And the team rang and got no reply 10 days after the concern
    When the case is looked at on 2026-03-31
    Then "hearing from the team" is not met
    And the worker is asked "When did the adult last hear from us?"

  Scenario: An adult may ask to be left in peace for a while
    Given the enquiry started 4 days after the concern
    And the worker explained "hearing from the team" as declined by the adult
    When the case is looked at on 2026-03-31
    Then "hearing from the team" is explained

  Scenario: Explaining things in a talk is information too
    Given a concern raised on Monday 5 January 2026
    And the worker explained in a talk what happens next
    And the case was closed with the adult 30 days after the concern
    When the case is looked at on 2026-03-31
    Then "clear information" is met

  Scenario Outline: Another body is asked to enquire, and the adult's voice goes along
    Given another body was asked to enquire <how>
    When the case is looked at on 2026-03-31
    Then "carrying the adult's voice" is <verdict>

    Examples:
      | how                       | verdict    |
      | with the adult's views    | met        |
      | without the adult's views | partly met |
      | in a bare request         | not met    |

  Scenario: An auditor may judge a partner's practice as poor
    Given a partner's practice was judged, and found wanting
    When the case is looked at on 2026-03-31
    Then "judging a partner's practice" is met
