"use strict";
// What is taken from a chart: its picture, the table behind it, its address; and an address with a chart's name leads to it.
(function () {
  var WIDTH = 1000;

  function said(text) {
    var place = document.getElementById("announce");
    if (place) place.textContent = text;
  }
  function answered(button, text) {
    button.dataset.said = text;
    said(text);
    setTimeout(function () { delete button.dataset.said; }, 2500);
  }
  function words(section, selector) {
    var found = section.querySelector(selector);
    return found ? found.textContent.trim() : "";
  }
  function wrapped(text, most) {
    var lines = [""];
    text.split(/\s+/).forEach(function (word) {
      var last = lines[lines.length - 1];
      if (last && last.length + word.length >= most) lines.push(word);
      else lines[lines.length - 1] = last ? last + " " + word : word;
    });
    return lines.filter(Boolean).map(function (line) {
      return line.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    });
  }
  function note(lines, size, place) {
    var common = { text: lines.join("<br>"), xref: "paper", yref: "paper", x: 0, xanchor: "left", align: "left", showarrow: false };
    return Object.assign(common, { font: { size: size, color: "#1b2430" } }, place);
  }
  // The figure as it stands, on white, with its heading above it and where it is from below.
  function picture(section, format) {
    var plot = section.querySelector(".js-plotly-plot");
    var room = plot._fullLayout._size, layout = JSON.parse(JSON.stringify(plot.layout));
    var title = wrapped(words(section, "h3"), 110), sentence = wrapped(words(section, ".sentence, .basis"), 150);
    var main = document.querySelector("main[data-source]");
    var foot = wrapped(words(section, ".subtitle"), 165).concat(wrapped(main ? main.dataset.source : "", 165));
    var head = 20 * title.length + 17 * sentence.length + 16, below = 15 * foot.length + 16, left = 14 - room.l;
    layout.annotations = (layout.annotations || []).concat([
      note(title, 15, { y: 1, yanchor: "top", yshift: room.t + head - 6, xshift: left }),
      note(sentence, 12.5, { y: 1, yanchor: "top", yshift: room.t + head - 10 - 20 * title.length, xshift: left }),
      note(foot, 11, { y: 0, yanchor: "top", yshift: -room.b - 2, xshift: left }),
    ]);
    layout.margin = { l: room.l, r: room.r, t: room.t + head, b: room.b + below };
    layout.paper_bgcolor = layout.plot_bgcolor = "#ffffff";
    layout.autosize = false;
    layout.width = WIDTH;
    layout.height = plot._fullLayout.height + head + below;
    var wanted = { format: format, width: WIDTH, height: layout.height, scale: format === "png" ? 2 : 1, filename: "aftercall-" + nameOf(section) };
    return window.Plotly.downloadImage({ data: plot.data, layout: layout }, wanted);
  }
  function nameOf(section) {
    return section.id.replace(/^chart-/, "");
  }
  function table(section) {
    var asked = new URLSearchParams({ at: location.pathname, for: location.search, chart: nameOf(section) });
    var link = document.createElement("a");
    link.href = "/chart-table.csv?" + asked;
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
  }
  // Pages that are not served over TLS have no clipboard but the old one.
  function copied(text) {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    var box = document.createElement("textarea");
    box.value = text;
    document.body.append(box);
    box.select();
    var done = document.execCommand("copy");
    box.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("no clipboard"));
  }
  function act(button) {
    var section = button.closest("section[id]"), kind = button.dataset.export;
    function failed() { answered(button, "not possible here"); }
    if (kind === "csv") table(section);
    else if (kind === "link") {
      copied(location.origin + location.pathname + location.search + "#" + section.id).then(function () {
        button.focus();
        answered(button, "copied");
      }, failed);
    } else picture(section, kind).then(function () { answered(button, "saved"); }, failed);
  }

  function closeMenus(except) {
    document.querySelectorAll("details.chart-tools[open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }
  function menuOf(event) {
    return event.target.closest ? event.target.closest("details.chart-tools") : null;
  }
  document.addEventListener("click", function (event) {
    if (!event.isTrusted) return; // the link of a download
    closeMenus(menuOf(event));
    var button = event.target.closest ? event.target.closest("[data-export]") : null;
    if (button) act(button);
  });
  document.addEventListener("focusin", function (event) { closeMenus(menuOf(event)); });
  document.addEventListener("keydown", function (event) {
    var menu = event.key === "Escape" ? document.querySelector("details.chart-tools[open]") : null;
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Dash has every figure fitted to its place right after it was drawn there, which draws it once more: only where it does not fit.
  var plots = window.Plotly && window.Plotly.Plots, fit = plots && plots.resize;
  function fits(plot) {
    var full = plot && plot._fullLayout, place = full && plot.getBoundingClientRect();
    return place && Math.abs(place.width - full.width) < 1 && Math.abs(place.height - full.height) < 1;
  }
  if (fit) plots.resize = function (plot) { return fits(plot) ? Promise.resolve(plot) : fit(plot); };

  // Names of points are placed for a wide screen: on a narrow one, those that would lie on others go; the table has them all.
  function thin(plot) {
    var kept = [];
    plot.querySelectorAll(".annotation").forEach(function (group) {
      var note = plot._fullLayout.annotations[group.dataset.index], text = group.querySelector(".annotation-text-g");
      if (!note || note.name !== "point" || !text) return;
      var box = text.getBoundingClientRect();
      var meets = kept.some(function (other) {
        return box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom;
      });
      group.style.visibility = meets ? "hidden" : "";
      if (!meets) kept.push(box);
    });
  }
  function watchPlots() {
    document.querySelectorAll(".js-plotly-plot:not([data-thinned])").forEach(function (plot) {
      if (typeof plot.on !== "function" || !plot._fullLayout) return;
      plot.dataset.thinned = "yes";
      plot.on("plotly_afterplot", function () { thin(plot); });
      thin(plot);
    });
  }

  // The browser looks for the fragment before there is a page.
  var led = "";
  function lead() {
    if (led === location.href || !/^#chart-[\w-]+$/.test(location.hash)) return;
    var section = document.getElementById(location.hash.slice(1));
    if (!section) return;
    led = location.href;
    section.scrollIntoView();
    section.focus({ preventScroll: true });
  }
  new MutationObserver(function () {
    watchPlots();
    lead();
  }).observe(document.body, { childList: true, subtree: true });
})();
