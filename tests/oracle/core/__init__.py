"""Judges cases by the core rules, read a second time and independently: plain, slow and obvious.

How it came about. The first version (33be709) was written from the readings of the contract, the
rows of the domain notes and the vocabulary alone; of the rules only titles, severities and audit
questions were known, and no rule file, page made from one, or part of the engine was opened. It
agreed on nine rows of ten. From then on each kind of disagreement was looked at, with the rule
beside it: the oracle was mended where it had misread, the rules or the engine where they had. So
it is independent in how it works and not in what its authors had seen. Where the readings leave a
rule open they let the option of the first release stand (94aea1f), so that state was read, too.

What it judges: the verdict, the limit and the colour of each rule that ships switched on, for
each subject. No row is left out. A record with faults, or from a source that cannot supply
everything, is judged in each of the worlds that fit it (`reading.worlds`), or in many of them where
there are too many; where they differ, it cannot tell.

The readings do not ask whether all worlds agree, but what each test of a rule can know (section
11: three values, each doubt by itself). So worlds alone would know too much, and what an answer
rests on is kept beside it: a limit, a reason or evidence that counts from another entry rests on
that entry, and where worlds differ in it the answer is open even if each gives the same. So it is
with the order of two events (DQ-01), with two alternatives of one evidence (CLO-01), with two
doubts that never meet in one world (ADV-02, CON-02, capacity), and with decisions that name no
concern, which may belong to any once one of the case is in doubt.

Two lists in `judge` name what a rule rests on beyond what it finds, each by a reading.
`LIMIT_RESTS_ON`: a limit that rests on a type which the source cannot supply is unknown (section
8). `ASKED_OF_EVERY`: what is asked of every event of a type that is not supplied is unknown
(section 11).

Readings that were open, and what was taken:

- ASK-01, RISK-01: the colour darkens by an enquiry anywhere in the case, also before the concern.
- ASK-03: earlier asking clears an unknown answer up, too; the wait begins with the first unknown.
- ASK-04: wishes and feelings may stand in another conversation than the representative's answer.
- OUT-01, DQ-01: without a limit of time, the day of the trigger is shown, nothing is late, and no
  limit is unknown.
- OUT-04: without any concern no reason for not asking counts.
- MCA-03: one to three parts missing is partly met as long as the decision is named.
- ADV-02: an advocate, or the adult's no to one, counts whenever it was recorded.
- ADV-03: an advocate of any kind but an informal one stands in for an unsuitable person.
- CON-02: all acts must be answered; the earliest of their limits counts; no ground at all is red.
- CON-03: a no counts as the adult's own unless it is said to be someone else's, a Care Act
  advocate left aside; others at risk, and coercion for ten working days, explain; the newest no
  counts.
- DUR-01: nine months darken nothing; no limit is given to an enquiry whose case stands closed.
- INV-02, DEC-03: a contact without a result spoke; who was there is not said, so it may be the
  adult.
- INV-02, PLAN-03: open work is judged up to a death; met shows the first limit.
- SPC-04: a limit runs from the first death even if nothing was suspected then.
- "At due": a reason that had stood when the rule was due explains late evidence, whatever
  followed.
- A limit that differs among the worlds leaves open whether late evidence was in time.
"""
