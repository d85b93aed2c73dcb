"use strict";
document.documentElement.classList.add("js");
const byId = (id) => document.getElementById(id);
const form = byId("find"), text = byId("text"), rule = byId("rule");
const verdict = byId("verdict"), held = byId("held");
const cases = [...document.querySelectorAll("article")].map((article) => ({
  article,
  answers: [...article.querySelectorAll(".answers > li")],
  details: [...article.querySelectorAll("details")],
  words: null,
}));
const isOf = (answer) =>
  (!rule.value || answer.dataset.r === rule.value) &&
  (!verdict.value ||
    (verdict.value === "waived" ? "w" in answer.dataset
      : answer.dataset.v === verdict.value && !("w" in answer.dataset)));
function find() {
  const sought = text.value.trim().toLowerCase();
  const narrowed = rule.value || verdict.value;
  let shownCases = 0, shownAnswers = 0;
  for (const one of cases) {
    if (sought && one.words === null) one.words = one.article.textContent.toLowerCase();
    const wanted = one.answers.filter(isOf);
    const shown = (!held.value || one.article.dataset.held === held.value) &&
      (!sought || one.words.includes(sought)) && (!narrowed || wanted.length > 0);
    one.article.hidden = !shown;
    if (!shown) continue;
    shownCases += 1;
    shownAnswers += wanted.length;
    for (const answer of one.answers) answer.hidden = Boolean(narrowed) && !isOf(answer);
    for (const part of one.details) {
      const has = part.querySelector(".answers > li:not([hidden])") !== null;
      part.hidden = !has;
      if (narrowed && has) part.open = true;
    }
  }
  byId("shown").textContent = shownCases + " of " + cases.length + " cases shown" +
    (narrowed ? ", with " + shownAnswers + " answers" : "");
}
for (const field of [text, rule, verdict, held]) field.addEventListener("input", find);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(find));
for (const link of document.querySelectorAll("a.go")) {
  link.addEventListener("click", () => {
    form.reset();
    rule.value = link.dataset.rule;
    verdict.value = link.dataset.verdict;
    setTimeout(find);
  });
}
function openTarget() {
  const target = location.hash.length > 1 && byId(decodeURIComponent(location.hash.slice(1)));
  if (target && target.tagName === "DETAILS") target.open = true;
}
addEventListener("hashchange", openTarget);
const closed = [];
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not([open])")) {
    one.open = true;
    closed.push(one);
  }
});
addEventListener("afterprint", () => {
  while (closed.length) closed.pop().open = false;
});
openTarget();
find();
