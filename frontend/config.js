export const api = "";
/** @type {{discovery: string, client: string, logout: string | null} | null} */
export const signIn = null;
