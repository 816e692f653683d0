// The report's moving parts: dates and ways of counting, "my country", the table. Text is only ever set as text.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const state = { country: "", date: "", mode: "training" };
  const newest = data.screens.length - 1;
  const PROFILES = ["extended", "followup2025", "paper2024"];

  const put = (parent, tag, text, className) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (className) element.className = className;
    parent.append(element);
    return element;
  };
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  // the address keeps the reader's choices: #c=PE&d=2024-11-17&m=any
  const readAddress = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return false;
    const told = new URLSearchParams(hash);
    const code = (told.get("c") || "").toUpperCase();
    state.country = Object.hasOwn(data.countries, code) ? code : "";
    state.date = data.screens.some((screen) => screen.date === told.get("d")) ? told.get("d") : data.screens[newest].date;
    state.mode = Object.hasOwn(data.screens[newest].modes, told.get("m") || "") ? told.get("m") : "training";
    return true;
  };
  const writeAddress = () => {
    const told = new URLSearchParams();
    if (state.country) told.set("c", state.country);
    if (state.date !== data.screens[newest].date) told.set("d", state.date);
    if (state.mode !== "training") told.set("m", state.mode);
    const text = told.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };

  const drawScreen = () => {
    const place = data.screens.findIndex((screen) => screen.date === state.date);
    const screen = data.screens[place];
    const said = screen.modes[state.mode];
    for (const [id, text] of [["lead-before", said.before], ["lead-count", said.count], ["lead-range", said.range],
      ["lead-after", said.after], ["who", said.who], ["moves", said.moves], ["frozen", said.frozen]]) $(id).textContent = text;
    const shades = screen.shades[said.profile];
    for (const shape of $("map").querySelectorAll("[data-c]")) {
      const code = shape.dataset.c;
      const [shade, least, most] = shades[code] || ["desert", "desert", "desert"];
      shape.setAttribute("class", [shape.tagName === "circle" ? "disc" : "", shade.replace("?", " open"),
        code === state.country ? "chosen" : ""].join(" ").trim());
      if (shape.tagName === "circle") shape.setAttribute("r", shade === "desert" ? 2 : 5);
      const tier = shade === "unknown" ? data.unknown : data.tiers[shade.replace("?", "")];
      const range = least === most ? "" : ` (${data.tiers[least]} – ${data.tiers[most]})`;
      shape.querySelector("title").textContent = `${data.countries[code]?.name ?? code}: ${tier}${range}`;
    }
    $("map").setAttribute("aria-label", said.map);
    $("date").value = state.date;
    $("earlier").disabled = place === 0;
    $("later").disabled = place === newest;
    for (const radio of document.querySelectorAll('input[name="mode"]')) radio.checked = radio.value === state.mode;
  };

  const drawMine = () => {
    const answer = $("mine-answer");
    const country = data.countries[state.country];
    $("mine").classList.toggle("filled", Boolean(country));
    for (const row of document.querySelectorAll("#table tbody tr")) {
      row.classList.toggle("chosen", row.querySelector("a").getAttribute("href") === `#c=${state.country}`);
    }
    if (!country) return;
    $("country").value = country.name;
    answer.replaceChildren();
    put(answer, "h4", country.name);
    for (const profile of PROFILES.filter((name) => country.tiers[name])) {
      const [tier, least, most] = country.tiers[profile].map((name) => data.tiers[name]);
      const line = put(answer, "p");
      line.style.margin = "2px 0";
      put(line, "span", filled(least === most ? data.mine.exact : data.mine.range, { tier, least, most }),
        `tier ${country.tiers[profile][0]}`).style.whiteSpace = "normal";
      put(line, "span", ` ${data.profiles[profile]}`, "quiet");
    }
    put(answer, "h5", data.mine.change);
    const list = put(answer, "ul");
    for (const sentence of country.change) put(list, "li", sentence);
    if (country.regions.length) put(answer, "h5", data.mine.regions);
    for (const region of country.regions) {
      const card = put(answer, "div", undefined, "card");
      put(card, "div", `${region.cloud}, ${region.region}`);
      const more = region.more ? ` ${filled(data.mine.more_chips, { count: region.more })}` : "";
      const seen = [region.model ? region.model + more : "", region.finding, region.evidence, region.day,
        region.stale ? data.mine.stale : "", region.digest].filter(Boolean);
      put(card, "div", seen.join(" · "), "facts");
    }
    if (country.past.length) {
      put(answer, "h5", data.mine.past);
      const past = put(answer, "ul");
      country.past.forEach(([day, tier], place) => {
        if (!place || tier !== country.past[place - 1][1]) put(past, "li", filled(data.mine.since, { day, tier: data.tiers[tier] }));
      });
    }
  };

  const draw = () => { drawScreen(); drawMine(); };
  const choose = (changes, scroll) => {
    Object.assign(state, changes);
    writeAddress();
    draw();
    if (scroll) $("mine").scrollIntoView({ block: "nearest" });
  };

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
  const find = (typed) => {
    const wanted = plain(typed);
    const known = Object.entries(data.countries);
    const names = ([code, country]) => [code, country.name, country.also || ""].map(plain);
    return (known.find((entry) => names(entry).includes(wanted))
      || known.find((entry) => wanted && names(entry).slice(1).some((name) => name.startsWith(wanted))))?.[0];
  };
  const searched = (event) => {
    event.preventDefault();
    const code = find($("country").value);
    if (code) return choose({ country: code });
    $("mine-answer").replaceChildren();
    put($("mine-answer"), "p", data.mine.unknown);
  };

  const table = $("table");
  const sortBy = (header) => {
    const column = [...header.parentNode.children].indexOf(header);
    const falling = header.getAttribute("aria-sort") !== "descending" && (column > 0 || header.hasAttribute("aria-sort"));
    for (const other of header.parentNode.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const value = (row) => row.children[column].dataset.v;
    const text = (row) => row.children[column].textContent.trim();
    const ordered = [...table.tBodies[0].rows].sort((a, b) => (column ? value(a) - value(b)
      : text(a).localeCompare(text(b), document.documentElement.lang)));
    table.tBodies[0].append(...(falling ? ordered.reverse() : ordered));
  };
  const filter = () => {
    const wanted = plain($("filter").value);
    let count = 0;
    for (const row of table.tBodies[0].rows) {
      const country = data.countries[row.querySelector("a").getAttribute("href").slice(3)];
      row.hidden = ![row.textContent, country.also || ""].some((text) => plain(text).includes(wanted));
      count += !row.hidden;
    }
    $("shown").textContent = wanted ? filled(data.shown, { count }) : "";
  };
  const save = (parts, type, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(parts, { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const download = () => save(["\ufeff", data.csv], "text/csv", data.csvName);

  // a picture that is passed on by itself: title, legend, range, source and licence are inside it
  const saveMap = () => {
    const NS = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(NS, "svg");
    const add = (parent, tag, attributes, text) => {
      const element = document.createElementNS(NS, tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      if (text) element.textContent = text;
      parent.append(element);
      return element;
    };
    for (const [name, value] of [["viewBox", "0 0 1000 540"], ["font-family", "sans-serif"], ["font-size", 12]]) {
      picture.setAttribute(name, value);
    }
    add(picture, "style", {}, data.map.style);
    picture.append(document.querySelector("svg.defs defs").cloneNode(true));
    add(picture, "rect", { width: 1000, height: 540, fill: "#ffffff" });
    add(picture, "text", { x: 16, y: 24, "font-size": 17, "font-weight": "bold" },
      document.querySelector(".lead").textContent.replace(/\s+/g, " ").trim());
    let x = 16;
    for (const key of document.querySelectorAll("#now .legend li")) {
      const fill = key.querySelector("rect")?.getAttribute("fill");
      if (!fill) continue;
      add(picture, "rect", { x, y: 36, width: 12, height: 12, fill, stroke: "#6b6b6b" });
      const name = key.textContent.trim();
      add(picture, "text", { x: x + 18, y: 46 }, name);
      x += 40 + [...name].reduce((sum, letter) => sum + (letter > "\u2e80" ? 12 : 6.5), 0);
    }
    const world = add(picture, "g", { transform: "translate(0 58)", fill: "none" });
    world.append(...[...$("map").children].map((group) => group.cloneNode(true)));
    for (const chosen of world.querySelectorAll(".chosen")) chosen.classList.remove("chosen");
    data.map.notes.forEach((note, line) => add(picture, "text", { x: 16, y: 512 + 16 * line }, note));
    save([new XMLSerializer().serializeToString(picture)], "image/svg+xml", `${data.map.name}_${state.date}.svg`);
  };

  const small = matchMedia("(max-width: 640px)").matches;
  const folds = [...document.querySelectorAll("details.fold")];
  const reveal = () => {
    const id = location.hash.slice(1);
    if (!id || id.includes("=")) return;
    const target = $(id);
    const fold = target?.querySelector("details.fold") || target?.closest("details.fold");
    if (fold && !fold.open) { fold.open = true; target.scrollIntoView(); }
  };

  state.date = data.screens[newest].date;
  readAddress();
  if (small) for (const fold of folds) fold.open = false;
  addEventListener("beforeprint", () => { for (const fold of folds) fold.open = true; });
  for (const country of Object.values(data.countries)) put($("countries-list"), "option").value = country.name;
  $("find").addEventListener("submit", searched);
  $("country").addEventListener("change", searched);
  $("choose").addEventListener("submit", (event) => event.preventDefault());
  $("date").addEventListener("change", (event) => choose({ date: event.target.value }));
  for (const [id, step] of [["earlier", -1], ["later", 1]]) {
    $(id).addEventListener("click", () => {
      const place = data.screens.findIndex((screen) => screen.date === state.date) + step;
      if (data.screens[place]) choose({ date: data.screens[place].date });
    });
  }
  for (const radio of document.querySelectorAll('input[name="mode"]')) {
    radio.addEventListener("change", () => choose({ mode: radio.value }));
  }
  $("map").addEventListener("click", (event) => {
    const code = event.target.closest("[data-c]")?.dataset.c;
    if (code && data.countries[code]) choose({ country: code });
  });
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => sortBy(button.closest("th")));
  }
  $("filter").addEventListener("input", filter);
  $("all-chips").addEventListener("change", (event) => table.classList.toggle("all", event.target.checked));
  $("download").addEventListener("click", download);
  $("save-map").addEventListener("click", saveMap);
  addEventListener("hashchange", () => {
    if (!readAddress()) return reveal();
    draw();
    $("mine").scrollIntoView({ block: "nearest" });
  });
  draw();
  reveal();
})();
