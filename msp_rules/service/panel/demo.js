// A made-up host: its buttons record events of one case, and it keeps what workers write.
const CASE = "PANEL-1";
const EVENTS = [
  ["A concern is raised", "concern_raised", {identified_adult: "yes"}],
  ["A safety check: safe", "immediate_safety_check", {result: "safe"}],
  ["The adult is asked, and says what they want", "outcomes_conversation", {asked: "asked_expressed", with: "adult"}],
  ["A decision: an enquiry is needed", "s42_decided", {result: "s42_enquiry"}],
  ["The case is closed", "case_closed", {reason: "adult_request"}],
];
const byId = (id) => document.getElementById(id);
const panels = [...document.querySelectorAll("msp-prompts")];
const root = new URL("../", import.meta.url);
let number = 0;

async function send(method, path, type, body) {
  const response = await fetch(new URL(path, root), {
    method, headers: type ? {"Content-Type": type} : {}, body: body && JSON.stringify(body),
  });
  const problem = response.ok ? null : await response.json().catch(() => ({}));
  return problem === null ? "" : problem.detail ?? "The service refused it.";
}

function record(type, fields) {
  const data = {id: `${type}-${Date.now()}-${(number += 1)}`, occurred: new Date().toISOString(), ...fields};
  return send("POST", "events", "application/cloudevents+json", {
    specversion: "1.0", id: data.id, source: "urn:example:panel", subject: CASE,
    type: `org.msp-rules.${type}.v1`, time: data.occurred, data,
  });
}

function button(label, work) {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = label;
  made.addEventListener("click", async () => {
    const wrong = await work();
    byId("said").textContent = wrong || `Recorded: ${label}`;
    for (const panel of panels) panel.refresh();
  });
  byId("events").append(made);
}

for (const [label, type, data] of EVENTS) button(label, () => record(type, data));
button("Purge the case", () => send("DELETE", `cases/${CASE}`));

byId("at").addEventListener("change", (event) => {
  for (const panel of panels) panel.setAttribute("step", event.target.value);
});

document.addEventListener("msp-answer", ({detail: {feedback, words, card, reply}}) => {
  const line = document.createElement("li");
  const parts = [card.summary, feedback.kind, feedback.code, words && `“${words}”`];
  line.textContent = parts.filter(Boolean).join(" · ");
  byId("given").append(line);
  // An accepted reason is an event to record: a host keeps the words with it, and sends it without.
  if (reply.record) {
    const {type, ...fields} = reply.record;
    record(type, fields).then(() => { for (const panel of panels) panel.refresh(); });
  }
});
document.addEventListener("msp-record", ({detail: {missing}}) => {
  const found = EVENTS.findIndex(([, type]) => missing.some((one) => one.event === type));
  if (found >= 0) byId("events").children[found].focus();
});
