// <msp-prompts case step role language>: shows a worker the questions on a case, and takes the answers.
//
// One module without dependencies. Every text is set as text, never as markup; styles are constructed
// sheets; nothing is stored, logged, or put into an address of the page: it runs under
// "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'".
// docs/panel.md says how a host uses it.

const EXTENSION = "org.msp-rules.prompt";
const EXPLANATION = "urn:msp-rules:explanation-code";
const MODULE = new URL("../", import.meta.url).href;
const [SLOW_MS, TIMEOUT_MS, POLL_S, LONGEST_WAIT_S] = [3000, 20000, 30, 300];
const MOST_NOTES = 3;

// --- Words ---------------------------------------------------------------------------------------
const fill = (text, values) =>
  text.replace(/\{([a-z]+)\}/g, (all, name) => (name in values ? String(values[name]) : all));

class Words {
  constructor({language = "en-GB", direction = "ltr", texts = {}} = {}) {
    Object.assign(this, {language, direction: direction === "rtl" ? "rtl" : "ltr", texts});
  }
  say(text, values = {}) {
    const said = Object.hasOwn(this.texts, text) ? this.texts[text] : text;
    return fill(typeof said === "string" ? said : text, values);
  }
  day(day) { return this.#date(`${day.slice(0, 10)}T12:00:00Z`, {dateStyle: "long"}); }
  moment(text) {
    return text.length <= 10 ? this.day(text) :
      this.#date(text, {dateStyle: "long", timeStyle: "short"});
  }
  time(text) { return this.#date(text, {timeStyle: "short"}); }
  number(number) { return number.toLocaleString(this.#tag()); }
  #date(text, options) {
    const date = new Date(text);
    if (Number.isNaN(date.valueOf())) return text;
    return new Intl.DateTimeFormat(this.#tag(), {timeZone: "Europe/London", ...options}).format(date);
  }
  #tag() {
    try { return Intl.getCanonicalLocales(this.language)[0]; } catch { return "en-GB"; }
  }
}

// --- Elements ------------------------------------------------------------------------------------
let made = 0;
const newId = (name) => `${name}-${(made += 1)}`;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.filter((one) => one !== null && one !== undefined));
  return element;
}

// Cards escape what would be HTML; here it is text again, and stays text.
const MARKS = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "]\\(": "]("};
const plain = (text) => text.replace(/&lt;|&gt;|&amp;|\]\\\(/g, (mark) => MARKS[mark]);

/** The paragraphs and lists of a card's details: the only Markdown that a card of ours has. */
function blocksOf(detail = "") {
  const blocks = [];
  for (const line of detail.split("\n")) {
    if (!line.trim()) continue;
    const last = blocks.at(-1);
    if (!line.startsWith("- ")) blocks.push({text: plain(line)});
    else if (last?.items) last.items.push(plain(line.slice(2)));
    else blocks.push({items: [plain(line.slice(2))]});
  }
  return blocks;
}

/** A block as an element; an item that names the source leads there. */
function elementOf(block, source = {}) {
  const lead = (item) => (source.url && item === source.label ? linkOf(item, source.url) : null) ?? item;
  if (block.items) {
    return make("ul", {}, ...block.items.map((item) => make("li", {}, make("bdi", {}, lead(item)))));
  }
  const bold = /^\*\*(.+)\*\*$/.exec(block.text);
  const text = bold ? make("strong", {}, bold[1]) : block.text;
  return make("p", {dir: "auto"}, text);
}

function linkOf(label, url) {
  let address;
  try { address = new URL(url); } catch { return null; }
  if (!/^https?:$/.test(address.protocol)) return null;
  return make("a", {href: address.href, target: "_blank", rel: "noopener noreferrer", dir: "auto"}, label);
}

function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `panel-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// --- Calls ---------------------------------------------------------------------------------------
/** Why a call has no answer: offline, busy, token, unknown, refused, or other. */
class CallFailed extends Error {
  constructor(kind, {wait = null, detail = ""} = {}) {
    super(kind);
    Object.assign(this, {kind, wait, detail});
  }
}

async function call({base, token}, method, path, {body, signal} = {}) {
  const url = new URL(path, base).href;
  const headers = {Accept: "application/json"};
  let bearer;
  try {
    bearer = typeof token === "function" ? await token({method, url}) : token;
  } catch {
    throw new CallFailed("token");
  }
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const ending = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]);
  let response;
  try {
    response = await fetch(url, {
      method, headers, signal: ending, body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer",
    });
    if (response.ok) return await response.json();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new CallFailed("offline");
  }
  const problem = await response.json().catch(() => ({}));
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const kind = {401: "token", 403: "token", 404: "unknown", 422: "refused", 429: "busy", 503: "busy"};
  throw new CallFailed(kind[response.status] ?? "other", {
    wait: Number.isNaN(wait) ? null : Math.min(wait, LONGEST_WAIT_S),
    detail: typeof problem.detail === "string" ? problem.detail : "",
  });
}

// --- One card ------------------------------------------------------------------------------------
const URGENCIES = {critical: "Urgent", warning: "Important"};
const TIMINGS = {overdue: "Overdue", due_soon: "Due soon"};

const routingOf = (card) => card.extension?.[EXTENSION] ?? {};

/** The id of the case that a document is about, where it has a card. */
const caseOf = (found) => ["interrupting", "passive", "answered"]
  .flatMap((part) => found?.[part] ?? []).map((card) => routingOf(card).case).find(Boolean);

/** What a reason needs before it counts: as the card says, else as the list has it that it is of. */
function needsOf(card, reason) {
  const said = routingOf(card).reasons?.find((one) => one.code === reason.code && one.system === reason.system);
  return said ? said.needs ?? [] : reason.system === EXPLANATION ? ["words"] : [];
}

/** The text of a card by which it is known whether it has to be drawn anew. */
const NOT_DRAWN = new Set(["promise_until", "state"]);
const textOf = (card) => JSON.stringify(card, (name, value) => (NOT_DRAWN.has(name) ? undefined : value));

class CardView {
  constructor(panel, card) {
    this.panel = panel;
    this.heading = make("h3", {id: newId("question"), tabindex: "-1", dir: "auto"});
    this.body = make("div", {class: "body"});
    this.element = make("article", {
      class: "card", part: "card", "aria-labelledby": this.heading.id,
      onkeydown: (event) => this.#onKey(event),
    }, this.heading, this.body);
    this.isOpen = false;
    this.form = null;
    this.update(card);
  }

  get uuid() { return this.card.uuid; }

  /** Shows a card; of one that is shown already nothing is made anew that a worker may be in. */
  update(card, isAnew = false) {
    const text = textOf(card);
    this.card = card;
    if (text === this.text && !isAnew) return;
    this.text = text;
    const words = this.panel.words, routing = routingOf(card);
    this.element.dataset.urgency = card.indicator;
    this.element.lang = routing.language ?? (this.panel.language ? words.language : "en-GB");
    this.heading.textContent = card.summary;
    if (this.form && !isAnew) return;
    this.#draw(words, routing);
  }

  /** Says that the question is not open any more, while a worker is in the midst of it. */
  end(text) {
    if (this.ended) return;
    this.ended = true;
    const close = make("button", {type: "button", onclick: () => this.panel.drop(this)},
      this.panel.words.say("Close"));
    const wasWithin = this.panel.isFocusIn(this.element);
    this.form?.lock(true);
    this.actions.replaceChildren(make("p", {class: "said"}, text), close);
    this.actions.hidden = false;
    // Locked, a field of another kind loses the focus when the page is drawn.
    if (wasWithin && this.panel.focused?.localName !== "textarea") close.focus();
  }

  /** Shows a question again that had ended: it had given way to others, or was asked anew. */
  revive() {
    this.ended = false;
    const wasWithin = this.panel.isFocusIn(this.actions);
    this.form?.lock(false);
    if (this.form) this.actions.hidden = true;
    else this.update(this.card, true);
    if (wasWithin) (this.form ?? this).focus();
  }

  focus() { this.heading.focus(); }

  openForm(form, opener) {
    this.form?.element.remove();
    this.form = form;
    this.opener = opener;
    this.actions.after(form.element);
    this.actions.hidden = true;
    form.focus();
  }

  closeForm() {
    if (!this.form) return;
    this.form.element.remove();
    this.form = null;
    this.actions.hidden = false;
    this.update(this.card, true);
    this.#openerNow().focus();
  }

  #openerNow() {
    return this.actions.querySelector(`[data-does="${this.opener}"]`) ?? this.heading;
  }

  #draw(words, routing) {
    const [title, standing, ...others] = blocksOf(this.card.detail);
    const focused = this.panel.isFocusIn(this.body) ? this.panel.focused.dataset?.does : undefined;
    const marks = [URGENCIES[this.card.indicator], TIMINGS[routing.timing], routing.generation > 1 ? "Asked again" : null];
    const id = newId("why");
    this.details = make("div", {class: "why", id, hidden: !this.isOpen}, title && elementOf(title),
      ...others.map((block) => elementOf(block, this.card.source ?? {})), this.#links());
    this.actions = make("div", {class: "actions"}, ...this.#actions(words, routing, id));
    this.body.replaceChildren(
      make("p", {class: "marks", lang: words.language},
        ...marks.filter(Boolean).map((mark) => make("span", {class: mark === marks[0] ? "urgency" : "mark"}, words.say(mark)))),
      make("div", {class: "standing"}, standing && elementOf(standing)), this.details, this.actions);
    if (focused) (this.actions.querySelector(`[data-does="${focused}"]`) ?? this.heading).focus();
  }

  #links() {
    const made = (this.card.links ?? []).map((one) => linkOf(one.label, one.url)).filter(Boolean);
    return made.length ? make("ul", {class: "links"}, ...made.map((one) => make("li", {}, one))) : null;
  }

  #actions(words, routing, why) {
    const button = (does, text, onclick, more = {}) => make("button", {
      type: "button", "data-does": does, onclick, "aria-describedby": this.heading.id,
      lang: words.language, ...more,
    }, words.say(text));
    const isInterrupting = this.panel.interrupting === this;
    return [
      this.card.suggestions?.length && button("accept", "I will record it", () => this.#send({kind: "accepted"}, "accept"), {class: "main"}),
      button("put-off", "Put off", () => this.openForm(new PutOffForm(this), "put-off")),
      this.card.overrideReasons?.length && button("reason", "Give a reason", () => this.openForm(new ReasonForm(this), "reason")),
      !routing.allowed?.reason_needed && button("note", "Noted", () => this.#send({kind: "acknowledged"}, "note")),
      isInterrupting && button("later", "Keep it in the list", () => this.panel.keepInList(this)),
      button("why", "Why this question?", (event) => this.#toggle(event.currentTarget), {
        "aria-expanded": String(this.isOpen), "aria-controls": why,
      }),
    ].filter(Boolean);
  }

  #toggle(button) {
    this.isOpen = !this.isOpen;
    this.details.hidden = !this.isOpen;
    button.setAttribute("aria-expanded", String(this.isOpen));
  }

  async #send(feedback, does) {
    if (this.isSending) return;
    this.isSending = true;
    this.actions.querySelector(".failed")?.remove();
    try {
      await this.panel.answer(this, feedback, "");
    } catch (error) {
      this.actions.append(make("p", {class: "failed", role: "alert"}, this.panel.sayFailure(error)));
      this.actions.querySelector(`[data-does="${does}"]`)?.focus();
    } finally {
      this.isSending = false;
    }
  }

  #onKey(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const isInterrupting = this.panel.interrupting === this;
    if (!this.ended && !this.form && !this.isOpen && !isInterrupting) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.ended) this.panel.drop(this);
    else if (this.form) this.closeForm();
    else if (this.isOpen) {
      const button = this.actions.querySelector("[data-does=why]");
      this.#toggle(button);
      button.focus();
    } else this.panel.keepInList(this);
  }
}

// --- Forms ---------------------------------------------------------------------------------------
class AnswerForm {
  constructor(view) {
    this.view = view;
    this.panel = view.panel;
    this.words = view.panel.words;
    this.error = make("p", {class: "failed", id: newId("error"), role: "alert"});
    this.element = make("form", {
      class: "form", novalidate: true, lang: this.words.language, "aria-labelledby": view.heading.id,
      onsubmit: (event) => { event.preventDefault(); this.#submit(); },
    });
  }

  fill(button, ...children) {
    const say = (text) => this.words.say(text);
    this.buttons = make("div", {class: "actions"},
      make("button", {type: "submit", class: "main"}, say(button)),
      make("button", {type: "button", onclick: () => this.view.closeForm()}, say("Cancel")));
    this.element.replaceChildren(...children, this.error, this.buttons);
  }

  /** A day field from tomorrow on, under its label. */
  dayField(label, latest) {
    const hint = latest
      ? make("p", {class: "hint", id: newId("hint")}, this.words.say("At the latest on {day}.", {day: this.words.day(latest)}))
      : null;
    const input = make("input", {
      type: "date", id: newId("day"), min: this.panel.tomorrow, max: latest, required: true,
      "aria-describedby": `${hint ? `${hint.id} ` : ""}${this.error.id}`,
    });
    const field = make("div", {class: "field"}, make("label", {for: input.id}, this.words.say(label)), input, hint);
    return {field, input};
  }

  /** Says what is wrong with a day; "" where nothing is. */
  wrongDay(input, latest) {
    const day = input.value;
    if (!day) return this.words.say("Choose a day.");
    if (day < this.panel.tomorrow) return this.words.say("Choose a day after today.");
    return latest && day > latest
      ? this.words.say("Choose a day that is not later than {day}.", {day: this.words.day(latest)}) : "";
  }

  refuse(input, text) {
    this.error.textContent = text;
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  /** Has what was written stay to be copied, and nothing be sent any more; or the other way round. */
  lock(isLocked) {
    for (const one of this.element.querySelectorAll("input, textarea")) {
      if (one.type === "radio") one.disabled = isLocked;
      else one.readOnly = isLocked;
    }
    this.buttons.hidden = isLocked;
  }

  focus() { this.element.querySelector("input").focus(); }

  async #submit() {
    if (this.isSending || this.view.ended) return;
    this.error.textContent = "";
    for (const one of this.element.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
    const said = this.read();
    if (said === null) return;
    this.isSending = true;
    this.element.setAttribute("aria-busy", "true");
    try {
      await this.panel.answer(this.view, said.feedback, said.words ?? "");
    } catch (error) {
      this.error.textContent = this.panel.sayFailure(error);
      this.element.querySelector("[type=submit]")?.focus();
    } finally {
      this.isSending = false;
      this.element.removeAttribute("aria-busy");
    }
  }
}

class PutOffForm extends AnswerForm {
  constructor(view) {
    super(view);
    this.latest = routingOf(view.card).allowed?.latest_put_off;
    const {field, input} = this.dayField("Ask again on", this.latest);
    this.input = input;
    this.fill("Put off", field);
  }

  read() {
    const wrong = this.wrongDay(this.input, this.latest);
    if (wrong) { this.refuse(this.input, wrong); return null; }
    return {feedback: {kind: "deferred", until: this.input.value}};
  }
}

class ReasonForm extends AnswerForm {
  constructor(view) {
    super(view);
    const say = (text) => this.words.say(text);
    const name = newId("reasons");
    const choices = (view.card.overrideReasons ?? []).map((reason) => this.#choice(reason, name));
    const groups = make("fieldset", {"aria-describedby": this.error.id}, make("legend", {}, say("Why is it not needed now?")), ...choices);
    this.note = make("textarea", {id: newId("words"), rows: "3", required: true, maxlength: "2000", autocomplete: "off",
      "aria-describedby": `${newId("kept")} ${this.error.id}`});
    const kept = this.note.getAttribute("aria-describedby").split(" ")[0];
    this.noteField = make("div", {class: "field", hidden: true},
      make("label", {for: this.note.id}, say("A few words on it")), this.note,
      make("p", {class: "hint", id: kept}, say("They stay in your case system: they are not sent to the prompt service.")));
    const {field, input} = this.dayField("Look at it again on");
    [this.reviewField, this.review] = [field, input];
    this.reviewField.hidden = true;
    this.fill("Give this reason", groups, this.noteField, this.reviewField);
  }

  #choice(reason, name) {
    const input = make("input", {type: "radio", name, id: newId("reason"), value: reason.code,
      onchange: () => this.#choose(reason)});
    return make("div", {class: "choice"}, input, make("label", {for: input.id, dir: "auto"}, reason.display));
  }

  #choose(reason) {
    this.reason = reason;
    this.needs = needsOf(this.view.card, reason);
    this.noteField.hidden = !this.needs.includes("words");
    this.reviewField.hidden = !this.needs.includes("review_by");
    this.error.textContent = "";
  }

  read() {
    const say = (text) => this.words.say(text);
    if (!this.reason) { this.refuse(this.element.querySelector("input"), say("Choose a reason.")); return null; }
    const feedback = {kind: "overridden", code: this.reason.code};
    const words = this.needs.includes("words") ? this.note.value.trim() : "";
    if (this.needs.includes("words")) {
      if (!words) { this.refuse(this.note, say("Write a few words.")); return null; }
      feedback.has_text = true;
    }
    if (this.needs.includes("review_by")) {
      const wrong = this.wrongDay(this.review);
      if (wrong) { this.refuse(this.review, wrong); return null; }
      feedback.review_by = this.review.value;
    }
    return {feedback, words};
  }
}

// --- The panel -----------------------------------------------------------------------------------
const FAILURES = {
  offline: "There is no connection to the prompt service. It is tried again.",
  busy: "The prompt service is busy. It is tried again.",
  token: "The prompt service does not accept this sign-in. Sign in again.",
  unknown: "This question is not open any more.",
  refused: "The prompt service does not take this answer: check it, and send it again.",
  other: "The prompt service can't answer. Tell whoever looks after it.",
  incomplete: "This question has to be answered with a reason.",
};
const OUTCOMES = {
  accepted: "Promised. It is asked again if the record stays silent.",
  deferred: "Put off.",
  acknowledged: "Noted.",
  overridden: "The reason is given. It explains nothing to an auditor.",
};
const LACKING = {words: "a few words", review_by: "a day to look at it again"};

class MspPrompts extends HTMLElement {
  static observedAttributes = ["case", "step", "role", "worker-role", "language", "base", "poll"];

  #views = new Map();
  #answered = new Set();
  #kept = new Set();
  #shown = new Set();
  #notes = [];
  #sent = new WeakMap();
  #handed = null;
  #document = null;
  #token = null;
  #before = null;
  #ending = null;
  #timer = null;
  #isAsked = false;

  constructor() {
    super();
    this.words = new Words();
    this.interrupting = null;
    this.#build(this.attachShadow({mode: "open"}));
  }

  // --- What a host sets ---
  /** A document as GET /cases/{id}/prompts answers it; with one, the panel calls no service. */
  set document(value) {
    const [old, other] = [caseOf(this.#handed), caseOf(value)];
    this.#handed = value;
    if (value === null || (old && other && old !== other)) this.#clear();
    if (value === null) this.#restart();
    else { this.#stop(); this.#take(value); }
  }
  get document() { return this.#document; }

  /** A token, or a function of {method, url} that gives one or promises it. */
  set token(value) { this.#token = value; this.#restart(); }

  /** Words in another language: {language, direction, texts}, as GET /panel/messages answers them. */
  set messages(value) { this.words = new Words(value ?? {}); this.#redraw(); }

  get language() { return this.getAttribute("language"); }
  get base() {
    const base = new URL(this.getAttribute("base") ?? MODULE, window.document.baseURI).href;
    return base.endsWith("/") ? base : `${base}/`;
  }

  /** Asks the service at once. */
  async refresh() { if (!this.#handed) await this.#load(); }

  // --- Life ---
  connectedCallback() {
    for (const name of ["document", "token", "messages"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    window.document.addEventListener("visibilitychange", this.#onVisible);
    window.addEventListener("online", this.#onVisible);
    this.#restart();
  }

  disconnectedCallback() {
    window.document.removeEventListener("visibilitychange", this.#onVisible);
    window.removeEventListener("online", this.#onVisible);
    this.#stop();
  }

  attributeChangedCallback(name, old, value) {
    if (old === value) return;
    if (name === "role") {
      // A role of the work is not one of ARIA, as which the attribute would be read.
      if (value !== null) { this.setAttribute("worker-role", value); this.removeAttribute("role"); }
      return;
    }
    if (["case", "base"].includes(name)) this.#clear();
    else if (name !== "poll" && !this.#handed) this.#leaveAll();
    if (this.isConnected) this.#restart();
  }

  #onVisible = () => {
    if (window.document.visibilityState === "visible" && this.isConnected && !this.#handed) this.#load();
  };

  #stop() {
    clearTimeout(this.#timer);
    this.#ending?.abort();
    this.#ending = null;
  }

  #restart() {
    if (!this.isConnected || this.#handed) return;
    // Several attributes are set one after another: the service is asked once.
    if (this.#isAsked) return;
    this.#isAsked = true;
    queueMicrotask(async () => {
      this.#isAsked = false;
      this.#stop();
      if (!this.isConnected || this.#handed) return;
      await this.#loadWords();
      await this.#load();
    });
  }

  /** Takes every question away, of which others come at once: those of another step. */
  #leaveAll() {
    this.#views.clear();
    this.#document = null;
    this.interrupting = null;
    this.#lay();
  }

  /** Takes away all that is of a case. */
  #clear() {
    for (const one of [this.#answered, this.#kept, this.#shown]) one.clear();
    this.#notes = [];
    this.#before = null;
    for (const one of [this.polite, this.urgent]) one.replaceChildren();
    this.#leaveAll();
  }

  // --- The service ---
  #call(method, path, more) {
    return call({base: this.base, token: this.#token}, method, path, more);
  }

  #casePath() {
    const id = this.getAttribute("case");
    if (id === "." || id === "..") throw new CallFailed("unknown");  // an address can't name it
    return `cases/${encodeURIComponent(id)}`;
  }

  async #loadWords() {
    const language = this.language;
    if (!language && this.words.asked) this.messages = {};
    if (!language || this.words.asked === language) return;
    try {
      const found = await this.#call("GET", `panel/messages?language=${encodeURIComponent(language)}`);
      if (this.language !== language) return;
      this.messages = found;
      this.words.asked = language;
    } catch { /* English until the next time */ }
  }

  async #load() {
    if (!this.getAttribute("case")) { this.#clear(); return; }
    this.#stop();
    const ending = (this.#ending = new AbortController());
    const query = new URLSearchParams();
    for (const [name, value] of [["step", this.getAttribute("step")], ["role", this.getAttribute("worker-role")], ["language", this.language]]) {
      if (value) query.set(name, value);
    }
    if (this.#document === null) this.#say(this.words.say("The questions are being fetched."), "wait");
    let wait = null;
    try {
      const found = await this.#slowly(async () => this.#call("GET", `${this.#casePath()}/prompts?${query}`, {signal: ending.signal}));
      if (ending.signal.aborted) return;
      this.#say("");
      this.#take(found);
    } catch (error) {
      if (ending.signal.aborted) return;
      wait = this.#fail(error);
    }
    const seconds = wait ?? this.#pollSeconds();
    if (seconds > 0) this.#timer = setTimeout(() => this.#poll(), seconds * 1000);
  }

  #pollSeconds() {
    const said = Number(this.getAttribute("poll") ?? POLL_S);
    return Number.isFinite(said) && said >= 0 ? said : POLL_S;
  }

  #poll() {
    if (window.document.visibilityState === "visible") this.#load();
  }

  async #slowly(work) {
    const timer = setTimeout(() => this.#say(this.words.say("The prompt service is slow to answer."), "slow"), SLOW_MS);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
      if (this.status.dataset.kind === "slow") this.#say("");
    }
  }

  /** Shows why there is nothing new; gives the seconds after which it is worth another call. */
  #fail(error) {
    const kind = error instanceof CallFailed ? error.kind : "other";
    this.#emit("msp-problem", {kind});
    if (kind === "unknown") {
      const wasWithin = this.isFocusIn(this.shadowRoot);
      this.#clear();
      this.#say(this.words.say("Nothing is held on this case."), "unknown");
      if (wasWithin) this.title_.focus();
      return null;
    }
    const as_of = this.#document?.as_of;
    const since = as_of ? [this.words.say("What stands here is as of {time}.", {time: this.words.time(as_of)})] : [];
    this.#say([this.words.say(FAILURES[kind]), ...since].join(" "), kind);
    return kind === "busy" ? error.wait : null;
  }

  sayFailure(error) {
    const kind = error instanceof CallFailed ? error.kind : "other";
    const text = this.words.say(kind === "offline" || kind === "busy"
      ? "It could not be sent. Nothing is lost: send it again." : FAILURES[kind]);
    return error.detail ? `${text} (${error.detail})` : text;
  }

  // --- Answers ---
  /** Gives an answer to the service, or to the host; raises CallFailed where nobody took it. */
  async answer(view, said, words) {
    const role = this.getAttribute("worker-role");
    const text = JSON.stringify(said), before = this.#sent.get(view);
    // The same answer sent again after a failure has the same id, and counts once.
    const id = before?.text === text ? before.id : randomId();
    this.#sent.set(view, {text, id});
    const feedback = {id, card: view.uuid, ...(role ? {role} : {}), ...said};
    const card = view.card;
    let reply;
    view.isAnswering = true;
    try {
      reply = await this.#give(feedback, card, words);
      if (reply.heard_as === "incomplete") throw new CallFailed("incomplete");
    } finally {
      view.isAnswering = false;
    }
    this.#emit("msp-answer", {feedback, card, words, reply});
    if (said.kind === "accepted") {
      const {rule, subject, missing = []} = routingOf(card);
      this.#emit("msp-record", {case: routingOf(card).case, rule, subject, missing, card});
    }
    this.#note(view, this.#outcome(card, said, reply));
    if (!this.#handed) await this.#load();
  }

  async #give(feedback, card, words) {
    let promised = null;
    const respondWith = (value) => { promised = Promise.resolve(value); };
    const isSent = this.#emit("msp-feedback", {feedback, card, words, respondWith}, true);
    if (isSent && !this.#handed) {
      return this.#slowly(async () => this.#call("POST", `${this.#casePath()}/feedback`, {body: feedback}));
    }
    try {
      return (await promised) ?? {heard_as: "heard", counts: false, needs: []};
    } catch {
      throw new CallFailed("offline");
    }
  }

  #outcome(card, said, reply) {
    const say = (text, values) => this.words.say(text, values);
    if (reply.heard_as === "unknown" || reply.heard_as === "outdated") return say(FAILURES.unknown);
    if (said.kind === "deferred") return say("Put off until {day}.", {day: this.words.moment(reply.until ?? said.until)});
    const again = reply.until ?? routingOf(card).allowed?.promise_until;
    if (said.kind === "accepted" && again) {
      return say("Promised. It is asked again on {day} if the record stays silent.", {day: this.words.moment(again)});
    }
    if (said.kind === "overridden" && reply.counts) return say("The reason is given. It counts once it is in the record.");
    const lacking = (reply.needs ?? []).map((need) => LACKING[need]).filter(Boolean).map((need) => say(need));
    const text = say(OUTCOMES[said.kind]);
    return lacking.length ? `${text} ${say("It lacks: {what}.", {what: lacking.join(", ")})}` : text;
  }

  #note(view, outcome) {
    this.#answered.add(view.uuid);
    const wasInterrupting = this.interrupting === view;
    const wasWithin = this.isFocusIn(view.element);
    const note = make("li", {tabindex: "-1"}, make("q", {dir: "auto", lang: view.element.lang}, view.card.summary), " ", make("span", {}, outcome));
    this.#notes = [note, ...this.#notes].slice(0, MOST_NOTES);
    this.#remove(view);
    this.#lay();
    if (wasWithin && !(wasInterrupting && this.#giveBack())) note.focus();
    else this.#announce(`${view.card.summary} ${outcome}`);
  }

  /** Notes that what is shown was seen; what is critical beside another stays unseen. */
  async #noteShown() {
    if (window.document.visibilityState !== "visible" || !this.checkVisibility()) return;
    for (const view of this.#views.values()) {
      const isBeside = view.card.indicator === "critical" && view !== this.interrupting;
      if (view.ended || isBeside || this.#shown.has(view.uuid)) continue;
      this.#shown.add(view.uuid);
      const role = this.getAttribute("worker-role");
      const feedback = {id: randomId(), card: view.uuid, ...(role ? {role} : {}), kind: "shown"};
      try {
        await this.#give(feedback, view.card, "");
      } catch {
        this.#shown.delete(view.uuid);
        return;  // with the next questions it is tried again
      }
    }
  }

  // --- What is shown ---
  #take(found) {
    const isFirst = this.#document === null, focused = this.focused;
    this.#document = found;
    const cards = [...(found.interrupting ?? []), ...(found.passive ?? [])].filter((card) => !this.#answered.has(card.uuid));
    const open = new Set(cards.map((card) => card.uuid));
    const gone = [...this.#views.values()].filter((view) => !open.has(view.uuid) && !view.ended && !view.isAnswering);
    const fresh = cards.filter((card) => !this.#views.has(card.uuid));
    const isPushed = fresh.length > 0 && found.held_back > 0;
    for (const view of gone) this.#leave(view, isPushed);
    for (const card of cards) {
      const view = this.#views.get(card.uuid);
      view?.update(card);
      if (view?.ended) view.revive();
      if (!view) this.#views.set(card.uuid, new CardView(this, card));
    }
    this.#order = cards.map((card) => card.uuid);
    this.#choose(found);
    this.#lay();
    if (focused && !this.focused) this.title_.focus();
    if (fresh.length && !isFirst) {
      this.#announce([this.words.say("New questions:"), ...fresh.map((card) => card.summary)].join(" "));
    }
    this.#emit("msp-change", {shown: cards.length, held_back: found.held_back ?? 0});
    this.#noteShown();
  }
  #order = [];

  #leave(view, isPushed) {
    const text = this.#whyGone(view, isPushed);
    if (view.form || this.isFocusIn(view.element)) view.end(text);
    else this.#remove(view);
    this.#announce(`${view.card.summary} ${text}`);
  }

  /** Says what became of a question that is not asked any more: what a colleague said, if anybody. */
  #whyGone(view, isPushed) {
    const routing = routingOf(view.card);
    const isSame = (one) => one.uuid === view.uuid || (routingOf(one).rule === routing.rule &&
      routingOf(one).key_subject === routing.key_subject);
    const answer = routingOf((this.#document.answered ?? []).find(isSame) ?? {});
    if (answer.state === "promised") return this.words.say("Promised elsewhere.");
    if (answer.state === "deferred" && answer.until) {
      return this.words.say("Put off elsewhere until {day}.", {day: this.words.moment(answer.until)});
    }
    if (answer.state) return this.words.say("Answered elsewhere.");
    return this.words.say(isPushed
      ? "It is settled, or held back while others are more pressing." : "It is settled, or not asked any more.");
  }

  #remove(view) {
    this.#views.delete(view.uuid);
    view.element.remove();
    if (this.interrupting === view) this.interrupting = null;
  }

  /** Chooses what interrupts: what did before, else the first that nobody has seen. */
  #choose(found) {
    if (this.interrupting) return;
    const first = (found.interrupting ?? []).find((card) => !this.#kept.has(card.uuid) && this.#views.has(card.uuid));
    if (!first) return;
    const view = this.#views.get(first.uuid);
    const focused = this.getRootNode().activeElement ?? window.document.activeElement;
    this.#before = focused === window.document.body || focused === this ? null : focused;
    this.interrupting = view;
    view.update(view.card, true);
    this.#isNew = true;
  }
  #isNew = false;

  /** Removes a question that has ended, after its worker has read so. */
  drop(view) {
    const wasInterrupting = this.interrupting === view;
    this.#remove(view);
    this.#choose(this.#document ?? {});
    this.#lay();
    if (!(wasInterrupting && this.#giveBack())) this.title_.focus();
  }

  /** Ends the interruption: the question stays in the list. */
  keepInList(view) {
    this.#kept.add(view.uuid);
    this.interrupting = null;
    view.update(view.card, true);
    this.#lay();
    if (!this.#giveBack()) view.focus();
  }

  #giveBack() {
    const before = this.#before;
    this.#before = null;
    if (!before?.isConnected) return false;
    before.focus();
    return window.document.activeElement === before;
  }

  #redraw() {
    for (const view of this.#views.values()) { view.form?.element.remove(); view.form = null; view.update(view.card, true); }
    this.#lay();
  }

  /** Puts every part in its place; what has the focus keeps it. */
  #lay() {
    const {say, focused} = {say: (text, values) => this.words.say(text, values), focused: this.focused};
    this.frame.lang = this.words.language;
    this.frame.dir = this.words.direction;
    this.title_.textContent = say("Questions on this case");
    this.again.textContent = say("Try again");
    const first = this.interrupting;
    if (first && first.element.parentElement !== this.dialog) this.dialog.replaceChildren(first.element);
    if (!first) this.dialog.replaceChildren();
    this.#showDialog(first);
    const places = [...this.#views.values()].filter((view) => view !== first);
    places.sort((one, other) => this.#place(one) - this.#place(other));
    arrange(this.list, places.map((view) => (view.item ??= make("li", {}, view.element))));
    for (const view of places) if (view.element.parentElement !== view.item) view.item.append(view.element);
    this.list.hidden = places.length === 0;
    arrange(this.notes, this.#notes);
    this.notes.hidden = this.#notes.length === 0;
    this.#count(say);
    if (focused?.isConnected && this.focused !== focused) focused.focus({preventScroll: true});
    if (this.#isNew) this.#interrupt();
  }

  #place(view) {
    const place = this.#order.indexOf(view.uuid);
    return place < 0 ? this.#order.length : place;
  }

  #showDialog(first) {
    const isModal = this.hasAttribute("modal");
    if (!first) { if (this.dialog.open) this.dialog.close(); return; }
    this.dialog.setAttribute("aria-labelledby", first.heading.id);
    if (this.dialog.open) return;
    if (isModal) this.dialog.showModal();
    else this.dialog.setAttribute("open", "");
  }

  #interrupt() {
    this.#isNew = false;
    const view = this.interrupting;
    // Whoever is in the midst of something keeps the focus, and hears of it.
    if (this.hasAttribute("modal") || this.#before === null) view.focus();
    else this.#announce(`${this.words.say("Urgent")}: ${view.card.summary}`, true);
  }

  #count(say) {
    const found = this.#document, parts = [];
    if (found && this.#views.size === 0) parts.push(say("There is nothing to ask here now."));
    for (const [text, number] of [
      ["Held back for now: {number}", found?.held_back], ["Promised: {number}", found?.promised],
      ["Put off: {number}", found?.put_off], ["Could not be judged: {number}", found?.faults?.length],
    ]) {
      if (number > 0) parts.push(say(text, {number: this.words.number(number)}));
    }
    this.counts.replaceChildren(...parts.map((part) => make("li", {}, part)));
    this.counts.hidden = parts.length === 0;
  }

  // --- Saying ---
  #say(text, kind = "") {
    this.frame.setAttribute("aria-busy", String(kind === "wait"));
    this.status.dataset.kind = kind;
    if (this.status.textContent !== text) {
      this.status.textContent = text;
      if (text && kind !== "wait") this.#announce(text);
    }
    this.notice.hidden = text === "";
    this.again.hidden = !["offline", "busy", "token", "other"].includes(kind);
  }

  /** Has a text read out; beside others of the same turn, which it must not replace unheard. */
  #announce(text, isUrgent = false) {
    const region = isUrgent ? this.urgent : this.polite, said = make("p", {}, text);
    if (this.#saying.has(region)) { region.append(said); return; }
    region.replaceChildren(said);
    this.#saying.add(region);
    queueMicrotask(() => this.#saying.delete(region));
  }
  #saying = new Set();

  #emit(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(name, {detail, cancelable, bubbles: true, composed: true}));
  }

  get focused() { return this.shadowRoot.activeElement; }
  isFocusIn(element) { return this.focused !== null && element.contains(this.focused); }
  get tomorrow() {
    const now = this.#document?.as_of ? new Date(this.#document.as_of) : new Date();
    const today = new Intl.DateTimeFormat("en-CA", {timeZone: "Europe/London"}).format(now);
    const day = new Date(`${today}T12:00:00Z`);
    day.setUTCDate(day.getUTCDate() + 1);
    return day.toISOString().slice(0, 10);
  }

  #build(root) {
    root.adoptedStyleSheets = [SHEET];
    this.title_ = make("h2", {id: "title", tabindex: "-1"});
    this.status = make("p");
    this.again = make("button", {type: "button", hidden: true, onclick: () => { this.title_.focus(); this.#load(); }});
    this.notice = make("div", {class: "notice", part: "notice", hidden: true}, this.status, this.again);
    this.dialog = make("dialog", {class: "first", part: "interrupting", oncancel: (event) => {
      event.preventDefault();
      if (this.interrupting) this.keepInList(this.interrupting);
    }});
    this.list = make("ul", {class: "cards", role: "list", hidden: true});
    this.notes = make("ul", {class: "notes", role: "list", part: "notes", hidden: true});
    this.counts = make("ul", {class: "counts", role: "list", part: "counts", hidden: true});
    this.polite = make("div", {class: "heard", role: "status"});
    this.urgent = make("div", {class: "heard", role: "alert"});
    this.frame = make("div", {class: "frame", part: "panel", role: "group", "aria-labelledby": "title"},
      this.title_, this.notice, this.dialog, this.list, this.notes, this.counts, this.polite, this.urgent);
    root.append(this.frame);
    this.#lay();
  }
}

/** Makes the children of an element these, in this order, and moves only those that are elsewhere. */
function arrange(parent, children) {
  const wanted = new Set(children);
  for (const one of [...parent.children]) if (!wanted.has(one)) one.remove();
  children.forEach((one, place) => {
    if (parent.children[place] !== one) parent.insertBefore(one, parent.children[place] ?? null);
  });
}

// --- Looks ---------------------------------------------------------------------------------------
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host {
  display: block;
  container-type: inline-size;
  --surface: var(--msp-surface, #ffffff);
  --text: var(--msp-text, #1b1d21);
  --quiet: var(--msp-quiet, #4b5059);
  --line: var(--msp-line, #737a86);
  --accent: var(--msp-accent, #1d4f91);
  --on-accent: var(--msp-on-accent, #ffffff);
  --critical: var(--msp-critical, #b3261e);
  --warning: var(--msp-warning, #8a5300);
  --focus: var(--msp-focus, #1b1d21);
  --radius: var(--msp-radius, 0.375rem);
  font: var(--msp-font, 1rem/1.45 system-ui, sans-serif);
}
@supports (color: light-dark(#000, #fff)) {
  :host {
    --surface: var(--msp-surface, light-dark(#ffffff, #1c1e22));
    --text: var(--msp-text, light-dark(#1b1d21, #ececf1));
    --quiet: var(--msp-quiet, light-dark(#4b5059, #bcc2cc));
    --line: var(--msp-line, light-dark(#737a86, #8b919c));
    --accent: var(--msp-accent, light-dark(#1d4f91, #9cc2f7));
    --on-accent: var(--msp-on-accent, light-dark(#ffffff, #10131a));
    --critical: var(--msp-critical, light-dark(#b3261e, #ff9d94));
    --warning: var(--msp-warning, light-dark(#8a5300, #ffc46b));
    --focus: var(--msp-focus, light-dark(#1b1d21, #ffffff));
  }
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; }
.frame { background: var(--surface); color: var(--text); padding: 0.75rem; overflow-wrap: anywhere; }
h2, h3, p, ul, fieldset { margin: 0; }
h2 { font-size: 1.125em; margin-block-end: 0.5rem; }
h3 { font-size: 1em; }
ul { padding-inline-start: 1.25rem; }
ul[role=list] { list-style: none; padding: 0; }
.cards > li + li, .first + .cards, .cards + .notes, .first + .notes { margin-block-start: 0.625rem; }
.first { position: static; display: none; inline-size: auto; max-inline-size: none; margin: 0; padding: 0; border: 0; background: none; color: inherit; }
.first[open] { display: block; }
.first:modal { position: fixed; inset: 0; margin: auto; max-inline-size: min(40rem, 92vw); max-block-size: 92vh; overflow: auto; }
.first::backdrop { background: rgb(0 0 0 / 55%); }
.card {
  background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius);
  border-inline-start: 0.375rem solid var(--accent); padding: 0.625rem 0.75rem;
}
.card[data-urgency=critical] { border-inline-start-color: var(--critical); }
.card[data-urgency=warning] { border-inline-start-color: var(--warning); }
.first .card { border-color: var(--critical); border-width: 2px; border-inline-start-width: 0.5rem; }
.marks { display: flex; flex-wrap: wrap; gap: 0.375rem; margin-block-start: 0.375rem; font-size: 0.8125em; }
.marks span { border: 1px solid var(--line); border-radius: var(--radius); padding: 0 0.375rem; color: var(--quiet); }
.marks:empty { display: none; }
[data-urgency=critical] .urgency { border-color: var(--critical); color: var(--critical); font-weight: 600; }
[data-urgency=warning] .urgency { border-color: var(--warning); color: var(--warning); font-weight: 600; }
.standing { margin-block-start: 0.375rem; color: var(--quiet); }
.why { margin-block-start: 0.5rem; padding-inline-start: 0.625rem; border-inline-start: 2px solid var(--line); }
.why > * + * { margin-block-start: 0.5rem; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-block-start: 0.625rem; align-items: center; }
button, input[type=date], textarea {
  font: inherit; color: var(--text); background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--radius);
}
button { min-block-size: 2rem; min-inline-size: 2rem; padding: 0.125rem 0.625rem; font-size: 0.9375em; cursor: pointer; text-align: start; }
button[data-does=why] { border-color: transparent; text-decoration: underline; padding-inline: 0.25rem; }
button:hover { border-color: var(--accent); color: var(--accent); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.main:hover { text-decoration: underline; color: var(--on-accent); }
@media (pointer: coarse) { button, .choice { min-block-size: 2.75rem; } }
:focus-visible, input:focus, input:focus-within, h2:focus, h3:focus, .notes li:focus { outline: 3px solid var(--focus); outline-offset: 2px; }
a { color: var(--accent); }
.links li { padding-block: 0.25rem; }
.form { margin-block-start: 0.625rem; }
.form[aria-busy=true] { opacity: 0.75; }
fieldset { border: 0; padding: 0; min-inline-size: 0; }
legend, .field > label { font-weight: 600; padding: 0; }
.field { margin-block-start: 0.625rem; }
.field > label { display: block; margin-block-end: 0.25rem; }
input[type=date] { min-block-size: 2.25rem; padding: 0.25rem 0.5rem; max-inline-size: 100%; color-scheme: inherit; }
textarea { display: block; inline-size: 100%; padding: 0.375rem 0.5rem; resize: vertical; }
[aria-invalid=true] { border-color: var(--critical); border-width: 2px; }
.choice { display: flex; gap: 0.5rem; align-items: center; min-block-size: 2rem; }
.choice input { inline-size: 1.25rem; block-size: 1.25rem; flex: none; margin: 0; accent-color: var(--accent); }
.choice label { flex: 1; padding-block: 0.25rem; }
.hint { color: var(--quiet); font-size: 0.875em; margin-block-start: 0.25rem; }
.failed { color: var(--critical); font-weight: 600; margin-block-start: 0.375rem; flex-basis: 100%; }
.failed:empty { display: none; }
.said { flex-basis: 100%; }
.notice { border: 1px solid var(--line); border-inline-start: 0.375rem solid var(--warning); border-radius: var(--radius); padding: 0.5rem 0.75rem; margin-block-end: 0.625rem; }
.notice button { margin-block-start: 0.5rem; }
.notes li { padding: 0.375rem 0.5rem; border-block-start: 1px solid var(--line); }
.notes q { color: var(--quiet); }
.counts { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin-block-start: 0.625rem; color: var(--quiet); }
.heard { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  .card[data-urgency=critical] { border-style: double; }
  button.main { border-width: 3px; }
  button[data-does=why] { border-color: ButtonBorder; }
}
`);

if (!customElements.get("msp-prompts")) customElements.define("msp-prompts", MspPrompts);
export {MspPrompts};
