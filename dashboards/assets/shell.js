"use strict";
// Menus of filters: what is ticked becomes the address when the button is pressed or the menu is left, and Escape takes it
// back; a search hides what does not match. A click on a point opens the cases behind it; the window is named after its page.
(function () {
  var within = function (event, what) { return event.target.closest ? event.target.closest(what) : null; };
  function go(address) {
    window.history.pushState({}, "", address);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  // What a menu says: the values of a filter, or the days of the period; as text, so that a change is noticed.
  function said(menu) {
    return Array.from(menu.querySelectorAll("input[type=checkbox]:checked, input[type=date]"), function (each) {
      return each.value;
    });
  }
  function opened(menu) {
    menu.before = said(menu).join("\n");
    var search = menu.querySelector("input[type=search]");
    if (search && window.matchMedia("(hover: hover)").matches) search.focus();
  }
  function apply(menu) {
    var now = said(menu), choice = menu.querySelector("[data-filter]");
    if (menu.before === undefined || menu.before === now.join("\n")) return;
    menu.before = now.join("\n");
    var query = new URLSearchParams(window.location.search);
    if (choice) {
      query.delete(choice.dataset.filter);
      now.forEach(function (value) { query.append(choice.dataset.filter, value); });
    } else {
      ["weeks", "since", "until"].forEach(function (name) { query.delete(name); });
      if (now[0]) query.append("since", now[0]);
      if (now[1]) query.append("until", now[1]);
    }
    query.delete("page");
    go(window.location.pathname + "?" + query);
  }
  function takeBack(menu) {
    var before = (menu.before || "").split("\n");
    menu.querySelectorAll("input[type=checkbox]").forEach(function (box) {
      if (box.checked !== before.includes(box.value)) box.click();
    });
    menu.before = undefined;
  }
  function close(menu) {
    apply(menu);
    menu.open = false;
  }
  function closeMenus(except) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== except) close(menu);
    });
  }
  document.addEventListener("toggle", function (event) {
    if (event.target.matches && event.target.matches("details.menu[open]")) opened(event.target);
  }, true);
  document.addEventListener("click", function (event) {
    var menu = within(event, "details.menu");
    closeMenus(menu);
    if (menu && (within(event, "a") || within(event, ".apply"))) {
      if (within(event, "a")) menu.before = undefined;
      close(menu);
      menu.querySelector("summary").focus();
    }
  });
  document.addEventListener("focusin", function (event) {
    closeMenus(within(event, "details.menu"));
  });
  document.addEventListener("keydown", function (event) {
    var menu = document.querySelector("details.menu[open]");
    if (!menu) return;
    if (event.key === "Escape") takeBack(menu);
    else if (event.key !== "Enter" || !event.target.matches("input")) return;
    // Else the key would open the menu again, whose summary gets the focus.
    event.preventDefault();
    close(menu);
    menu.querySelector("summary").focus();
  });

  // A search hides what does not match: the values of a filter, the words of the glossary.
  function search(line) {
    var list = line.closest("fieldset, .searched");
    if (!list) return;
    var wanted = line.value.trim().toLowerCase(), found = 0;
    list.querySelectorAll(".boxes label, .term-entry").forEach(function (each) {
      each.hidden = !each.textContent.toLowerCase().includes(wanted);
      found += each.hidden ? 0 : 1;
    });
    var none = list.querySelector(".unmatched");
    if (none) none.hidden = found > 0;
  }
  document.addEventListener("input", function (event) {
    if (event.target.matches("input[type=search]")) search(event.target);
  });

  // Only addresses of this application, as its pages write them.
  var ours = /^\/[a-z-]*\?/;
  function follow(event) {
    var data = event.points && event.points[0] && event.points[0].customdata;
    var link = Array.isArray(data) ? data[data.length - 1] : data;
    if (typeof link !== "string" || !ours.test(link)) return;
    go(link);
    window.scrollTo(0, 0);
  }
  // Where the pages of a group are one line that is scrolled, the page that one is on must be in sight.
  var shown = null;
  function showHere() {
    var here = document.querySelector("nav.pages .here");
    if (!here || here === shown) return;
    shown = here;
    var line = here.closest("ul");
    var at = here.getBoundingClientRect(), room = line.getBoundingClientRect();
    if (at.left < room.left || at.right > room.right) line.scrollLeft += at.left - room.left - 24;
  }
  // The glossary's address may say what is searched.
  function searchAsked() {
    var list = document.querySelector(".searched[data-search]:not([data-done])");
    if (!list) return;
    list.dataset.done = "yes";
    if (list.dataset.search) search(list.querySelector("input[type=search]"));
  }
  // Dash calls its boxes a list of options, and a box within an option cannot be told from it: they are a group of boxes.
  function asBoxes() {
    document.querySelectorAll(".boxes").forEach(function (list) {
      if (list.getAttribute("role") !== "group") list.setAttribute("role", "group");
      list.querySelectorAll("[role=option], [aria-selected]").forEach(function (each) {
        each.removeAttribute("role");
        each.removeAttribute("aria-selected");
      });
    });
  }
  document.addEventListener("change", function () { window.setTimeout(asBoxes); });
  function settle() {
    asBoxes();
    showHere();
    searchAsked();
    document.querySelectorAll(".js-plotly-plot").forEach(function (plot) {
      if (plot.dataset.followed || typeof plot.on !== "function") return;
      plot.dataset.followed = "yes";
      plot.on("plotly_click", follow);
    });
    var main = document.querySelector("main[data-title]");
    var title = main ? main.dataset.title + " · aftercall" : "aftercall";
    if (document.title !== title) document.title = title;
  }
  new MutationObserver(settle).observe(document.body, { childList: true, subtree: true });
})();
