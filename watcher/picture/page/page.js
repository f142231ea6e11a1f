"use strict";
(() => {
  // The same as watcher/picture/alike.py; a test holds the two together.
  const RUN = 4, REPEATS = 12, GAP = 40000;

  const maximal = (a, b) => {
    const where = new Map();
    const key = (words, at) => words.slice(at, at + RUN).join();
    for (let j = 0; j + RUN <= b.length; j++) {
      const k = key(b, j);
      if (where.has(k)) where.get(k).push(j); else where.set(k, [j]);
    }
    const reached = new Map(), found = [];
    for (let i = 0; i + RUN <= a.length; i++) {
      const places = where.get(key(a, i)) || [];
      if (places.length > REPEATS) continue;
      for (const j of places) {
        const known = reached.get(i - j) || 0;
        if (i < known) continue;
        let start = i, end = i + RUN;
        while (start > known && start + j - i > 0 && a[start - 1] === b[start - 1 + j - i]) start--;
        while (end < a.length && end + j - i < b.length && a[end] === b[end + j - i]) end++;
        reached.set(i - j, end);
        found.push([start, start + j - i, end - start]);
      }
    }
    return found;
  };

  const before = (p, q) => q[2] - p[2] || p[0] - q[0] || p[1] - q[1];

  const blocks = (a, b) => {
    const usedA = new Set(), usedB = new Set(), found = [];
    // Sorted with the next one last: what a run is broken into is put where it belongs.
    const queue = maximal(a, b).sort((p, q) => before(q, p));
    const put = (run) => {
      let low = 0, high = queue.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (before(queue[middle], run) > 0) low = middle + 1; else high = middle;
      }
      queue.splice(low, 0, run);
    };
    while (queue.length) {
      const [i, j, n] = queue.pop();
      const parts = [];
      let start = -1;
      for (let k = 0; k <= n; k++) {
        const free = k < n && !usedA.has(i + k) && !usedB.has(j + k);
        if (free && start < 0) start = k;
        if (!free && start >= 0) { parts.push([start, k]); start = -1; }
      }
      if (parts.length === 1 && parts[0][1] - parts[0][0] === n) {
        found.push([i, j, n]);
        for (let k = 0; k < n; k++) { usedA.add(i + k); usedB.add(j + k); }
        continue;
      }
      for (const [from, to] of parts) if (to - from >= RUN) put([i + from, j + from, to - from]);
    }
    return found.sort((p, q) => p[0] - q[0]);
  };

  const chain = (found) => {
    const best = [], link = [];
    found.forEach(([, j, n], k) => {
      let weight = n, from = -1;
      for (let e = 0; e < k; e++) {
        if (found[e][1] < j && best[e] + n > weight) { weight = best[e] + n; from = e; }
      }
      best.push(weight);
      link.push(from);
    });
    const kept = [];
    for (let at = best.indexOf(best.reduce((x, y) => Math.max(x, y), -1)); at >= 0; at = link[at]) {
      kept.push(found[at]);
    }
    return kept.reverse();
  };

  const common = (a, b) => {
    if (!a.length || !b.length || a.length * b.length > GAP) return [];
    const size = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        size[i][j] = a[i] === b[j] ? size[i + 1][j + 1] + 1 : Math.max(size[i + 1][j], size[i][j + 1]);
      }
    }
    const pairs = [];
    for (let i = 0, j = 0; i < a.length && j < b.length;) {
      if (a[i] === b[j]) pairs.push([i++, j++]);
      else if (size[i + 1][j] >= size[i][j + 1]) i++;
      else j++;
    }
    return pairs;
  };

  const aligned = (a, b) => {
    const found = blocks(a, b), kept = chain(found), ordered = new Set(kept);
    const toB = new Array(a.length).fill(-1), moved = new Array(a.length).fill(0);
    const taken = new Set();
    let number = 0;
    for (const block of found) {
      const [i, j, n] = block;
      if (!ordered.has(block)) number++;
      for (let k = 0; k < n; k++) {
        toB[i + k] = j + k;
        taken.add(j + k);
        moved[i + k] = ordered.has(block) ? 0 : number;
      }
    }
    let i = 0, j = 0;
    for (const [nextI, nextJ, n] of [...kept, [a.length, b.length, 0]]) {
      const left = [], right = [];
      for (let k = i; k < nextI; k++) if (toB[k] < 0) left.push(k);
      for (let k = j; k < nextJ; k++) if (!taken.has(k)) right.push(k);
      const pairs = common(left.map((k) => a[k]), right.map((k) => b[k]));
      if (3 * pairs.length >= Math.min(left.length, right.length)) {
        for (const [p, q] of pairs) toB[left[p]] = right[q];
      }
      i = nextI + n;
      j = nextJ + n;
    }
    return [toB, moved];
  };

  const anchors = (a, b, toA, moved) => {
    const paragraphOf = a.flatMap(([, words], n) => words.map(() => n));
    let at = 0, last = 0;
    return b.map(([, words]) => {
      const shared = new Map();
      for (let k = at; k < at + words.length; k++) {
        if (toA[k] >= 0 && !moved[k]) {
          const n = paragraphOf[toA[k]];
          shared.set(n, (shared.get(n) || 0) + 1);
        }
      }
      at += words.length;
      let best = -1;
      for (const [n, count] of shared) {
        if (best < 0 || count > shared.get(best) || (count === shared.get(best) && n < best)) best = n;
      }
      const anchor = best >= last ? best : -1;
      last = Math.max(last, best);
      return anchor;
    });
  };

  const between = (gap, past, now) => {
    if (past[0] === now[0] && past[1] === now[1]) return [[now, gap]];
    const first = gap.indexOf(" "), last = gap.lastIndexOf(" ");
    if (first < 0) return [[["same", 0], gap]];
    return [
      [past, gap.slice(0, first)],
      [["same", 0], gap.slice(first, last + 1)],
      [now, gap.slice(last + 1)],
    ];
  };

  const lines = (text, other, moved) => {
    let at = 0;
    return text.map(([pieces, words]) => {
      const parts = [];
      const add = ([state, run], piece) => {
        const end = parts[parts.length - 1];
        if (end && end[0] === state && end[2] === run) end[1] += piece;
        else if (piece) parts.push([state, piece, run]);
      };
      let past = ["same", 0];
      words.forEach((_, k) => {
        const run = moved[at + k];
        const now = [other[at + k] < 0 ? "own" : run ? "moved" : "same", run];
        between(pieces[2 * k], k ? past : now, now).forEach(([how, piece]) => add(how, piece));
        add(now, pieces[2 * k + 1]);
        past = now;
      });
      at += words.length;
      add(past, pieces[pieces.length - 1]);
      return parts;
    });
  };

  const beside = (a, b) => {
    const wordsA = a.flatMap(([, words]) => words), wordsB = b.flatMap(([, words]) => words);
    const [toB, movedA] = aligned(wordsA, wordsB);
    const toA = new Array(wordsB.length).fill(-1), movedB = new Array(wordsB.length).fill(0);
    toB.forEach((j, i) => { if (j >= 0) { toA[j] = i; movedB[j] = movedA[i]; } });
    const left = lines(a, toB, movedA), right = lines(b, toA, movedB);
    const where = anchors(a, b, toA, movedB), rows = [];
    let at = 0;
    for (let k = 0; k < right.length;) {
      if (where[k] < at) { rows.push([[], [right[k++]]]); continue; }
      for (; at < where[k]; at++) rows.push([[left[at]], []]);
      const from = k, anchor = where[k];
      while (k < right.length && where[k] === anchor) k++;
      rows.push([[left[anchor]], right.slice(from, k)]);
      at = anchor + 1;
    }
    for (; at < left.length; at++) rows.push([[left[at]], []]);
    return [rows, toB.filter((j) => j >= 0).length];
  };

  // ------------------------------------------------------------ the page

  // Text is only ever set as text: what an outlet wrote cannot become markup here either.
  const make = (name, children, attributes) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const counted = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;

  const chooser = () => {
    const block = document.getElementById("version-texts");
    if (!block) return;
    const versions = JSON.parse(block.textContent);
    const left = document.getElementById("left-text"), right = document.getElementById("right-text");
    const cell = (paragraphs, own) => make("td", paragraphs.map((parts) => make("p", parts.map(
      ([state, text, run]) => state === "own" ? make(own, [text])
        : state === "moved" ? make("mark", [text, make("sup", [String(run)])]) : text,
    ), { dir: "auto" })));
    const show = () => {
      const a = versions[left.value], b = versions[right.value];
      const [rows, shared] = beside(a.text, b.text);
      const part = (of) => `${of.count ? Math.round(100 * shared / of.count) : 0}%`;
      document.getElementById("alike").textContent =
        `${counted(shared, "word")} in both: ${part(a)} of the left text and ${part(b)} of the right one.`;
      const head = make("thead", [make("tr", [a, b].map(
        (one) => make("th", [make("bdi", [one.name])], { scope: "col" }),
      ))]);
      const body = make("tbody", rows.map(([l, r]) => make("tr", [cell(l, "del"), cell(r, "ins")],
        { class: l.length && r.length ? "both" : "one" })));
      document.getElementById("beside").replaceChildren(
        make("table", [make("caption", ["Two texts side by side"]), head, body], { class: "beside" }),
      );
    };
    left.addEventListener("change", show);
    right.addEventListener("change", show);
    document.getElementById("swap").addEventListener("click", () => {
      [left.value, right.value] = [right.value, left.value];
      show();
    });
    document.getElementById("pairs").hidden = true;
    document.getElementById("chooser").hidden = false;
    show();
  };

  const clocks = () => {
    const times = [...document.querySelectorAll("time")];
    const utc = times.map((time) => time.textContent);
    const local = new Intl.DateTimeFormat("en-GB", {
      day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
      hourCycle: "h23", timeZoneName: "short",
    });
    const own = times.map((time) => local.format(new Date(time.dateTime)));
    times.forEach((time, n) => { time.title = own[n]; });
    const button = make("button", ["Show local times"], { type: "button", "aria-pressed": "false" });
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      times.forEach((time, n) => {
        time.textContent = on ? own[n] : utc[n];
        time.title = on ? utc[n] : own[n];
      });
    });
    document.querySelector("header").append(make("p", [button], { class: "tools" }));
  };

  // Browsers that cannot print what is closed print it opened.
  addEventListener("beforeprint", () => {
    for (const part of document.querySelectorAll("details.printed")) part.open = true;
  });

  clocks();
  chooser();
  // For the test that holds this and alike.py together.
  Object.defineProperty(window, "watcherBeside", { value: beside });
})();
