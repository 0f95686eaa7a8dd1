// Without it a page such as /replay first takes its own address for the server's, is told that there
// is none, and waits half a second before it asks at the root.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin + "/" };

// Chromium gives up what it is loading, from this machine too, when a network interface comes or
// goes, as with every container that has one. A page that lost a script so stays empty: it begins
// again, a few times.
{
  const MOST = 5, TRIES = "longleash-tries";
  let lost = false;
  const again = () => {
    const tries = Number(sessionStorage.getItem(TRIES));
    if (lost || tries >= MOST) return;
    lost = true;
    sessionStorage.setItem(TRIES, String(tries + 1));
    setTimeout(() => location.reload(), 200 * tries);
  };
  addEventListener("error", (event) => event.target instanceof HTMLScriptElement && again(), true);
  addEventListener("vite:preloadError", again);
  addEventListener("load", () => lost || sessionStorage.removeItem(TRIES));
}
