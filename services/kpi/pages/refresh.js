(() => {
  const seconds = Number(document.currentScript.dataset.seconds);
  const parts = ["main", ".as-of"];
  async function refresh() {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.status);
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const focused = document.activeElement?.getAttribute("href");
      const opened = [...document.querySelectorAll("main details")].map((details) => details.open);
      next.querySelectorAll("main details").forEach((details, place) => { details.open = opened[place] ?? false; });
      for (const part of parts) document.querySelector(part).replaceWith(next.querySelector(part));
      if (focused) document.querySelector(`main a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      document.body.classList.remove("behind");
    } catch {
      document.body.classList.add("behind");
    }
  }
  setInterval(refresh, seconds * 1000);
})();
