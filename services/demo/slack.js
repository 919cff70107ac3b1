(() => {
  const box = document.getElementById("slack");
  const same = (a, b) => a && b && a.dataset.revision === b.dataset.revision;
  async function refresh() {
    if (document.hidden || document.activeElement?.closest?.("#slack select")) return;
    const answer = await fetch("/cards" + location.search, { cache: "no-store" });
    if (!answer.ok) return;
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = box.querySelector(".now"), newNow = next.querySelector(".now");
    if (now.textContent !== newNow.textContent) now.replaceWith(newNow);
    const list = box.querySelector(".messages"), top = list.parentElement.parentElement.scrollTop;
    const wanted = [...next.querySelectorAll(".message")].map((card) => {
      const old = document.getElementById(card.id);
      return same(old, card) ? old : card;
    });
    if (wanted.length && wanted.some((card, at) => card !== list.children[at])) list.replaceChildren(...wanted);
    list.parentElement.parentElement.scrollTop = top;
  }
  box.addEventListener("change", (event) => event.target.matches("select") && event.target.value && event.target.form.requestSubmit());
  box.addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    form.closest(".message").classList.add("pressed");
    document.activeElement?.blur();
    try {
      await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
    } finally {
      setTimeout(() => { form.closest(".message")?.classList.remove("pressed"); refresh(); }, 600);
    }
  });
  setInterval(() => refresh().catch(() => {}), 1000);
})();
