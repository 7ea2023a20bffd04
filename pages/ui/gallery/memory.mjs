// What this browser remembers: the reader's name (a cookie, so that pages know it too) two habits,
// and, for this tab, the place in each list.

const COOKIE = "errata_author";
const FIVE_YEARS_S = 5 * 365 * 24 * 3600;

export function readName() {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${COOKIE}=`));
  try {
    return found ? decodeURIComponent(found.slice(COOKIE.length + 1)) : "";
  } catch {
    return "";
  }
}

export function writeName(name) {
  document.cookie = `${COOKIE}=${encodeURIComponent(name)}; path=/; max-age=${FIVE_YEARS_S}; samesite=strict`;
}

export function habit(name) {
  return localStorage.getItem(`errata-gallery:${name}`);
}

export function setHabit(name, value) {
  localStorage.setItem(`errata-gallery:${name}`, String(value));
}

export function recallPlace(list) {
  try {
    return JSON.parse(sessionStorage.getItem(`errata-place:${list}`));
  } catch {
    return null;
  }
}

export function keepPlace(list, place) {
  sessionStorage.setItem(`errata-place:${list}`, JSON.stringify(place));
}
