// Package report renders signals for people and programs: coloured text, JSON
// lines, and an HTML page that stands alone, in English and Japanese.
//
// Every text from a log was written by somebody who may be an attacker. It is
// shown, never obeyed: control characters and marks of text direction appear as
// escapes, and long texts are cut.
package report
