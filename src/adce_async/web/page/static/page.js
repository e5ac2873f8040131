// Keeps the page current: the server renders it, this fetches it again when something has happened, and puts in what
// has changed. Actions ask once, with the token that is kept for this tab only.
"use strict";
const byId = (id) => document.getElementById(id);
const token = () => sessionStorage.getItem("adce-token") || "";
let due = 0, busy = false, again = false, heard = new Date();
const PATIENCE = 10000; // milliseconds that an answer may take: a process that was stopped keeps its connections

async function refresh() {
  if (byId("ask").open) { soon(500); return; } // closing it gives the focus back to a button that has to be there
  if (busy) { again = true; return; }
  busy = true;
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(answer.status);
    const text = await answer.text();
    if (byId("ask").open) { soon(500); return; }
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of fresh.querySelectorAll("section[id^=s-]")) {
      const old = byId(part.id);
      if (old && old.outerHTML !== part.outerHTML) swap(old, part);
    }
    document.title = fresh.title;
    heard = new Date();
    byId("lost").hidden = true;
    say(fresh.getElementById("connection").textContent);
  } catch (error) {
    say("the service does not answer");
    lost();
  } finally {
    busy = false;
    if (again) { again = false; soon(1000); }
  }
}
// What stands there is old: nobody may take it for what is so now.
function lost() {
  byId("lost").textContent = "No word from the service since " + heard.toISOString().slice(11, 19) + " UTC: what stands below is old.";
  byId("lost").hidden = false;
  document.title = "No answer · ADCE";
}
// Whoever is in it with the keyboard, or has scrolled, stays where they are.
function swap(old, part) {
  const held = old.contains(document.activeElement) ? name(document.activeElement) : "";
  const scrolled = [...old.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
  old.replaceWith(part);
  part.querySelectorAll(".scroll").forEach((each, n) => { each.scrollLeft = scrolled[n] || 0; });
  if (!held) return;
  const again = [...part.querySelectorAll("a, button, [tabindex]")].find((each) => name(each) === held);
  (again || byId("main")).focus({ preventScroll: true });
}
function name(element) {
  const post = (element.dataset.post || "").replace("/resume", "/pause");
  return post + (element.dataset.body || "") + (element.getAttribute("href") || "") + (element.getAttribute("aria-label") || "");
}
function soon(wait) {
  if (due) return;
  due = setTimeout(() => { due = 0; refresh(); }, wait);
}
function say(text) { byId("connection").textContent = text; }

function line(event) {
  const list = byId("event-list");
  if (!list) return;
  const data = JSON.parse(event.data);
  const at = (data.at || new Date().toISOString()).slice(11, 19);
  const item = document.createElement("li");
  const what = data.key || (data.keys || []).join(" ") || data.component || data.source || "";
  const more = [data.verdict, data.reason || data.what, data.gaps !== undefined ? data.gaps + " gaps" : ""];
  item.textContent = [at, event.type.replaceAll("_", " "), what, ...more].filter(Boolean).join("  ");
  list.querySelector(".early")?.remove();
  list.prepend(item);
  while (list.children.length > 100) list.lastChild.remove();
}
function watch() {
  const source = new EventSource("/events");
  const kinds = ["task_started", "task_settled", "outcome_refused", "gaps_found", "pass_done", "source_throttled",
    "breaker_opened", "breaker_closed", "trouble_raised", "trouble_recovered", "settings_changed", "dropped"];
  for (const kind of kinds) source.addEventListener(kind, (event) => {
    line(event);
    soon(kind.startsWith("task") ? 800 : 200);
  });
  source.onopen = () => soon(100);
  source.onerror = () => say("connection lost, trying again");
}

function ask(title, text, wantsToken) {
  const dialog = byId("ask");
  byId("ask-title").textContent = title;
  byId("ask-text").textContent = text;
  byId("ask-label").hidden = !wantsToken;
  byId("ask-token").value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.returnValue = "no";
  });
}
async function act(button) {
  if (!(await ask(button.textContent, button.dataset.say, !token()))) return;
  if (byId("ask-token").value) sessionStorage.setItem("adce-token", byId("ask-token").value);
  const answer = await fetch(button.dataset.post, { method: "POST", body: button.dataset.body || "",
    headers: { Authorization: "Bearer " + token(), "Content-Type": "application/json" } });
  if (answer.ok && !byId("event-list")) location.reload();
  if (answer.ok) { say("done"); soon(100); return; }
  if (answer.status === 403) sessionStorage.removeItem("adce-token");
  const problem = await answer.json();
  await ask("Not done", problem.detail, false);
}
byId("ask-no").addEventListener("click", () => byId("ask").close("no")); // no submit: Enter means "Do it"
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (button) act(button).catch(() => say("the service does not answer"));
});
if (byId("event-list")) { watch(); setInterval(() => soon(0), 15000); }
