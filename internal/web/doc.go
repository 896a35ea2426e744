// Package web serves the web application: its page, its scripts and its styles, which are built from the folder web and embedded.
//
// It is a package of its own so that what a browser may load stands in one place: a content security policy that allows nothing but
// our own files, and caching that lets a new version reach people at once while files whose names hold their content are kept for a year.
// It answers the addresses that the application knows and no others, so that a wrong address is a 404 and not an empty page.
//
// It does not build the application, knows nobody who calls, and answers no call of the API: the page asks the API by itself. A binary
// that was built without the application says so on every page.
package web
