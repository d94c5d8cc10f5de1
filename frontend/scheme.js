/** Light or dark: what the reader has chosen for every page of this site, before anything is painted; else the system's. */
{
  const apply = () => {
    try {
      document.documentElement.style.colorScheme = localStorage.scheme ?? "";
    } catch {
      // Where nothing is stored, it is the system's.
    }
  };
  apply();
  addEventListener("storage", apply);
}
