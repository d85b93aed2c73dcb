"use strict";
// The cases of the page: found by filters, kept in the address, and drawn when they are packed.
document.documentElement.classList.add("js");
const byId = (id) => document.getElementById(id);
const index = JSON.parse(byId("index").textContent);
const form = byId("find"), list = byId("list"), said = byId("shown"), more = byId("more");
const STEP = 20;
const NAMES = ["text", "rule", "verdict", "weight", "principle", "question", "colour", "held", "state",
  "sign", "holds"];
const FIELDS = Object.fromEntries(NAMES.map((name) => [name, byId(name)]));
const CASE = {id: 0, owner: 1, facets: 2, colours: 3, answers: 4, signs: 5, movement: 6, move: 7, holdings: 8};
const SEVERAL = {
  met_or_explained: ["met", "explained"],
  due: Object.keys(index.verdicts).filter((one) => one !== "not_applicable" && one !== "not_yet_due"),
};
const anchorOf = (id) => "case-" + encodeURIComponent(id).replace(/[!'()*]/g,
  (mark) => "%" + mark.charCodeAt(0).toString(16).toUpperCase());
const placeOf = new Map(index.cases.map((one, place) => [anchorOf(one[CASE.id]), place]));
const drawn = index.block ? null : [...document.querySelectorAll("article")];
let found = [], only = null, wanted = {};

// --- Finding -------------------------------------------------------------------------------------
function asked() {
  const filter = {};
  for (const name of NAMES) if (FIELDS[name].value.trim()) filter[name] = FIELDS[name].value.trim();
  return filter;
}
function codeOf(filter) {
  const rule = filter.rule === undefined ? -1 : index.rules.indexOf(filter.rule);
  const verdicts = SEVERAL[filter.verdict] || [filter.verdict];
  return {
    rule: rule < 0 ? "" : rule.toString(36).padStart(2, "0"),
    verdicts: verdicts.map((one) => index.verdicts[one] || "").join(""),
    isWaived: filter.verdict === "waived",
    weight: filter.weight === undefined ? "" : String(index.weights.indexOf(filter.weight)),
    serves: filter.principle ? index.principles.map((one) => one.includes(filter.principle)) : null,
    isNarrow: Boolean(filter.rule || filter.verdict || filter.weight || filter.principle),
  };
}
const isAnswerOf = (rule, verdict, weight, code) => (!code.rule || code.rule === rule) &&
  (!code.weight || code.weight === weight) &&
  (code.isWaived ? verdict <= "Z" : !code.verdicts || code.verdicts.includes(verdict)) &&
  (code.serves === null || (code.serves[parseInt(rule, 36)] && verdict > "Z"));
function answersIn(answers, code) {
  let count = 0;
  for (let at = 0; at < answers.length; at += 4) {
    if (code.rule && !answers.startsWith(code.rule, at)) continue;  // most are of another rule
    const rule = answers.slice(at, at + 2);
    if (isAnswerOf(rule, answers[at + 2], answers[at + 3], code)) count += 1;
  }
  return count;
}
function hasColour(colours, question, colour) {
  const code = index.colours[colour === "explained" ? "green" : colour];
  const isOf = (one) => colour === "explained" ? one === "G" : one.toLowerCase() === code;
  return question ? isOf(colours[index.questions.indexOf(question)]) : [...colours].some(isOf);
}
const words = [];
function wordsOf(place) {
  return words[place] ??= drawn[place].textContent.toLowerCase();
}
function held(one, name) {
  let count = 0;
  for (const group of one[CASE.holdings]) count += countsOf(name)[group];
  return count;
}
let counted = {name: null, counts: []};
function countsOf(name) {  // of each group; worked out once for all cases
  if (counted.name !== name) {
    const number = index.holdings.indexOf(name);
    counted = {name, counts: index.groups.map((group) => {
      for (let at = 0; at < group.length; at += 2) if (group[at] === number) return group[at + 1];
      return 0;
    })};
  }
  return counted.counts;
}
function isIn(one, place, filter) {
  const owner = index.owners[one[CASE.owner]];
  if (filter.held && owner !== filter.held) return false;
  if (filter.state) {
    const facet = index.facets.indexOf(filter.state);
    if (facet >= 0 ? one[CASE.facets][facet] !== "1" :
      one[CASE.movement] !== filter.state && one[CASE.move] !== filter.state) return false;
  }
  if (filter.holds && !held(one, filter.holds)) return false;
  if (filter.sign && !one[CASE.signs].includes(index.signs.indexOf(filter.sign))) return false;
  if (filter.colour && !hasColour(one[CASE.colours], filter.question, filter.colour)) return false;
  if (!filter.text) return true;
  const text = filter.text.toLowerCase();
  return one[CASE.id].toLowerCase().includes(text) ||
    (drawn !== null && wordsOf(place).includes(text));
}
function unitOf(name, count) {
  const words = index.units[name.split("/")[0]] || ["", ""];
  return words[count === 1 ? 0 : 1];
}
function heldInWords(filter, count) {
  // Only of all cases at once is it known how many people they are about.
  const isOfAll = filter.holds === "people" && Object.keys(filter).length === 1;
  if (isOfAll) return ", about " + index.people + (index.people === 1 ? " person" : " people");
  return ", with " + count + " " + unitOf(filter.holds, count);
}
function find() {
  const filter = asked(), code = codeOf(filter);
  wanted = code;
  found = [];
  let answers = 0, holdings = 0;
  index.cases.forEach((one, place) => {
    if (only !== null ? place !== only : !isIn(one, place, filter)) return;
    const count = only === null && code.isNarrow ? answersIn(one[CASE.answers], code) : 0;
    if (only === null && code.isNarrow && count === 0) return;
    answers += count;
    if (only === null && filter.holds) holdings += held(one, filter.holds);
    found.push(place);
  });
  document.documentElement.classList.toggle("print-cases", only !== null);
  const cases = found.length + " of " + index.cases.length + (index.cases.length === 1 ? " case" : " cases");
  said.textContent = cases + " shown" + (code.isNarrow && only === null ?
    ", with " + answers + (answers === 1 ? " answer" : " answers") : "") +
    (filter.holds && only === null ? heldInWords(filter, holdings) : "") +
    (form.dataset.more || "");
  show();
}

// --- Showing -------------------------------------------------------------------------------------
function isWanted(answer) {
  const {r, v, s} = answer.dataset, verdict = index.verdicts[v];
  const rule = index.rules.indexOf(r).toString(36).padStart(2, "0");
  const code = "w" in answer.dataset ? verdict.toUpperCase() : verdict;
  return isAnswerOf(rule, code, String(index.weights.indexOf(s)), wanted);
}
function narrow(article, isOpen) {
  const isNarrow = wanted.isNarrow && only === null;
  for (const answer of article.querySelectorAll(".answers > li")) {
    answer.hidden = isNarrow && !isWanted(answer);
  }
  for (const part of article.querySelectorAll("details details")) {
    const has = part.querySelector(".answers > li:not([hidden])") !== null;
    part.hidden = !has;
    part.open = isNarrow && has;
  }
  if (isNarrow || only !== null) article.querySelector("details").open = isOpen;
}
function show() {
  if (drawn === null) {
    list.replaceChildren();
    if (typeof DecompressionStream === "undefined") {
      said.textContent += ". This browser is too old to draw them; results.csv lists them.";
      return;
    }
    draw();
    return;
  }
  const shown = new Set(found);
  drawn.forEach((article, place) => {
    article.hidden = !shown.has(place);
    if (!article.hidden) narrow(article, true);
  });
}
const blocks = new Map();
async function textOf(place) {
  const number = Math.floor(place / index.block);
  if (!blocks.has(number)) {
    const packed = Uint8Array.from(atob(byId("block-" + number).textContent), (one) => one.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    blocks.set(number, new Response(stream).text().then((text) => text.split("\0")));
  }
  return (await blocks.get(number))[place % index.block];
}
let drawing = 0;
async function draw() {
  const turn = ++drawing, places = found.slice(list.childElementCount, list.childElementCount + STEP);
  const texts = await Promise.all(places.map(textOf));
  if (turn !== drawing) return;
  for (const text of texts) {
    const holder = document.createElement("template");
    holder.innerHTML = text;
    narrow(holder.content.firstElementChild, true);
    list.append(holder.content);
  }
  const left = found.length - list.childElementCount;
  more.hidden = left <= 0;
  more.textContent = "Show " + Math.min(STEP, left) + " more of " + left;
  if (blocks.size > 200) blocks.clear();
  list.dataset.drawn = String(list.childElementCount);
}
more.addEventListener("click", () => draw());

// --- The address ---------------------------------------------------------------------------------
function keep() {
  const query = new URLSearchParams(asked()).toString();
  history.replaceState(null, "", query ? "#cases?" + query : "#cases");
}
function changed() {
  only = null;
  keep();
  find();
}
function follow(query) {
  const sought = new URLSearchParams(query);
  for (const name of NAMES) FIELDS[name].value = sought.get(name) || "";
  only = null;
  find();
}
function openTarget() {
  const hash = location.hash.slice(1);
  if (hash.startsWith("cases?")) {
    follow(hash.slice("cases?".length));
    byId("cases").scrollIntoView();
    return;
  }
  if (placeOf.has(hash)) {
    only = placeOf.get(hash);
    for (const name of NAMES) FIELDS[name].value = "";
    find();
    const open = () => {
      const article = byId(hash);
      if (!article) return setTimeout(open, 20);  // it is being drawn
      article.querySelector("details").open = true;
      article.scrollIntoView();
    };
    open();
    return;
  }
  const target = hash && byId(decodeURIComponent(hash));
  if (target && target.tagName === "DETAILS") target.open = true;
}
for (const name of NAMES) FIELDS[name].addEventListener("input", changed);
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("reset", () => setTimeout(changed));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.go");
  if (!link) return;
  event.preventDefault();
  const hash = "#cases?" + link.dataset.find;
  if (location.hash === hash) openTarget();
  else location.hash = hash;
});
addEventListener("hashchange", openTarget);

// --- Paper ---------------------------------------------------------------------------------------
const MOST_ON_PAPER = 200;
const page = document.documentElement, style = document.styleSheets[0], rules = style.cssRules.length;
const shownNow = () => [...list.querySelectorAll("article:not([hidden])")];
function asCases(are) {
  page.classList.toggle("print-cases", are);
}
async function drawToPrint() {  // a packed page has drawn a few of the cases shown
  const most = Math.min(found.length, MOST_ON_PAPER);
  while (drawn === null && list.childElementCount < most) await draw();
  if (drawn === null && most < found.length) said.textContent += ". The first " + most + " are printed";
}
byId("print-board").addEventListener("click", () => {
  asCases(false);
  print();
});
byId("print-cases").addEventListener("click", async () => {
  await drawToPrint();
  asCases(true);
  print();
});
addEventListener("beforeprint", () => {  // the head of each page names the case on it
  shownNow().forEach((article, place) => {
    const id = [...article.querySelector("h3").textContent].map((mark) => "\\" + mark.codePointAt(0).toString(16) + " ");
    style.insertRule("@page case-" + place + "{@top-right{content:\"" + id.join("") + "\"}}", rules);
    article.style.page = "case-" + place;
  });
});
addEventListener("afterprint", () => {
  while (style.cssRules.length > rules) style.deleteRule(rules);
  for (const article of shownNow()) article.style.removeProperty("page");
  asCases(only !== null);
});
find();
if (location.hash) openTarget();
