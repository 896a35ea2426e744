package filter

import (
	"strings"

	"github.com/ropeway/ropeway/internal/fault"
)

// find returns the operator with the name, or what is wrong with the name.
func find(name string) (*operator, *fault.Error) {
	if op, ok := byNameTable[name]; ok {
		return op, nil
	}
	err := fault.Newf(fault.InvalidConfiguration, "[filter-operator] there is no operator %q", shorten(name))
	if right := rightName(name); right != "" {
		return nil, err.WithHintf("[hint-use] use %q", right)
	}
	if near := fault.Nearest(name, operatorNames()); near != "" {
		return nil, err.WithHintf("[hint-did-you-mean-quoted] did you mean %q?", near)
	}
	return nil, err.WithHint(`[hint-filter-operators] operators look like "exist", "text:equal", "number:greater", "date:less", "array:contain", "boolean:equal"`)
}

const shownNameBytes = 60

func shorten(s string) string {
	if len(s) > shownNameBytes {
		return strings.ToValidUTF8(s[:shownNameBytes], "") + "…"
	}
	return s
}

func operatorNames() []string {
	names := make([]string, len(operatorTable))
	for i := range operatorTable {
		names[i] = operatorTable[i].Name
	}
	return names
}

// rightName knows the names that people and programs write instead of the right one.
func rightName(name string) string {
	base, fold := strings.CutSuffix(strings.ToLower(name), ":ci")
	group, verb, ok := strings.Cut(base, ":")
	if !ok {
		group, verb = "", base
	}
	if group == "string" {
		group = "text"
	}
	if right, ok := wrongVerbTable[group+":"+verb]; ok {
		verb = right
	} else if right, ok := wrongVerbTable[":"+verb]; ok {
		verb = right
	}
	right := group + ":" + verb
	if group == "" || strings.Contains(verb, "exist") {
		right = verb
	}
	if fold && byNameTable[right+":ci"] != nil {
		right += ":ci"
	}
	if byNameTable[right] == nil {
		return ""
	}
	return right
}

// wrongVerbTable maps verbs that do not exist to those that do; a group in front narrows the entry to that group.
var wrongVerbTable = map[string]string{
	":equals": "equal", ":eq": "equal", ":is": "equal", ":equalto": "equal", ":==": "equal",
	":notequals": "notequal", ":neq": "notequal", ":ne": "notequal", ":not": "notequal", ":!=": "notequal", ":notequalto": "notequal",
	":contains": "contain", ":includes": "contain", ":include": "contain", ":has": "contain",
	":notcontains": "notcontain", ":notincludes": "notcontain", ":doesnotcontain": "notcontain",
	":startswith": "startwith", ":beginswith": "startwith", ":notstartswith": "notstartwith",
	":endswith": "endwith", ":notendswith": "notendwith",
	":matches": "pattern", ":match": "pattern", ":regex": "pattern", ":regexp": "pattern", ":matchespattern": "pattern",
	":greaterequal": "greaterorequal", ":greaterthanorequal": "greaterorequal", ":gte": "greaterorequal", ":ge": "greaterorequal", ":>=": "greaterorequal",
	":lessequal": "lessorequal", ":lessthanorequal": "lessorequal", ":lte": "lessorequal", ":le": "lessorequal", ":<=": "lessorequal",
	":greaterthan": "greater", ":gt": "greater", ":more": "greater", ":>": "greater",
	":lessthan": "less", ":lt": "less", ":<": "less", ":lower": "less",
	":before": "less", ":earlier": "less", ":earlierthan": "less", ":after": "greater", ":later": "greater", ":laterthan": "greater",
	":exists": "exist", ":notexists": "notexist", ":doesnotexist": "notexist", ":notempty": "exist", ":isnotempty": "exist",
	":empty": "notexist", ":isempty": "notexist", ":isnull": "notexist", ":isset": "exist",
}
