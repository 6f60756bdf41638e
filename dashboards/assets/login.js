// When a session has ended the server answers callbacks with 401: load the page again, which leads to the login.
(() => {
  const ask = window.fetch;
  window.fetch = async (...what) => {
    const answer = await ask(...what);
    if (answer.status === 401) window.location.reload();
    return answer;
  };
})();
