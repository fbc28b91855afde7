// Has the browser prerender the page of the query's `to`, and goes there three seconds later.
const to = new URLSearchParams(location.search).get("to");
const rules = document.createElement("script");
rules.type = "speculationrules";
rules.textContent = JSON.stringify({ prerender: [{ source: "list", urls: [to], eagerness: "immediate" }] });
document.head.append(rules);
setTimeout(() => location.assign(to), 3000);
