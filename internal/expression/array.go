package expression

import (
	"cmp"
	"slices"
	"sort"
	"strings"

	"github.com/ropeway/ropeway/internal/value"
)

func arrayFunctions() []*builtin {
	return inGroup("Array", slices.Concat(elementFunctions(), listFunctions(), orderFunctions())...)
}

func elementFunctions() []*builtin {
	array := params(param("array", "array", "the array"))
	keyed := param("key", "text", "raw name of the field, or a path \"a.b\"")
	return []*builtin{
		define("first", "Returns the first element.", array, func(c *call) value.Value { return nth(c.list(0), 1) },
			gives(`first(split("a,b"; ","))`, `"a"`), gives(`first(emptyarray)`, ``)),
		define("last", "Returns the last element.", array, func(c *call) value.Value { return nth(c.list(0), -1) }, gives(`last(split("a,b"; ","))`, `"b"`)),
		define("arrayElement", "Returns the element with the given number.",
			params(param("array", "array", "the array"), param("number", "number", "from 1; from the end with negative numbers")),
			func(c *call) value.Value { return nth(c.list(0), c.whole(1, 0)) }, gives(`arrayElement(split("a,b"; ","); 2)`, `"b"`)).starred(),
		define("map", "Takes one field of each element that is a collection. With a filter, only of elements whose filter field has one of the values.",
			params(param("array", "array", "the array"), keyed, optional("filterKey", "text", "field that decides which elements are taken"),
				optional("filterValues", "any", "allowed values, separated by commas, or an array")), mapArray,
			gives(`map(1.items[]; "name")`, `["apple","pear","plum"]`), gives(`map(1.items; "price"; "name"; "pear,plum")`, `[1,4]`),
			gives(`map(1.items; "stock.place")`, `["A1","B2"]`)),
		define("slice", "Returns a part of an array, counted from 0.",
			params(param("array", "array", "the array"), param("start", "number", "position of the first element taken, from the end where negative"),
				optional("end", "number", "position of the first one not taken; the end where left out")), slice,
			gives(`slice(split("a,b,c,d"; ","); 1; 3)`, `["b","c"]`), gives(`slice(split("a,b,c"; ","); -1)`, `["c"]`)),
		define("join", "Joins elements to one text.", params(param("array", "array", "the array"), param("separator", "text", "what stands between two elements")), join,
			gives(`join(split("a,b"; ","); " & ")`, `"a & b"`), gives(`join(1.missing; ", ")`, `""`)),
		define("keys", "Returns the names of a collection's fields, or of an array's positions from 1.",
			params(param("data", "collection or array", "the data")), keys, gives(`keys(1.customer.address)`, `["city","street"]`)),
	}
}

func listFunctions() []*builtin {
	array, more := param("array", "array", "the array"), repeated("any", "further values")
	return []*builtin{
		define("add", "Adds values at the end of an array.", params(array, param("value", "any", "the first value to add"), more),
			func(c *call) value.Value { return value.Array(slices.Concat(c.list(0), c.args[1:])...) }, gives(`add(split("a,b"; ","); "c"; "d")`, `["a","b","c","d"]`)),
		define("remove", "Removes all elements that are equal to one of the values.", params(array, param("value", "any", "the first value to remove"), more), remove,
			gives(`remove(split("a,b,a"; ","); "a")`, `["b"]`)),
		define("merge", "Joins arrays to one.", params(array, repeated("array", "further arrays")), mergeArrays,
			gives(`merge(split("a,b"; ","); split("c"; ","))`, `["a","b","c"]`)),
		define("flatten", "Puts the elements of nested arrays into one array.",
			params(array, optional("depth", "number", "how many levels; 1 where left out")), flatten,
			gives(`flatten(add(emptyarray; split("a,b"; ","); "c"))`, `["a","b","c"]`)),
		define("reverse", "Turns the order of an array's elements, or of a text's characters.", params(param("data", "array or text", "the array or text")), reverse,
			gives(`reverse(split("a,b"; ","))`, `["b","a"]`), gives(`reverse("abc")`, `"cba"`)),
		define("shuffle", "Puts the elements into a random order.", params(array), shuffle, gives(`length(shuffle(split("a,b,c"; ",")))`, `3`)),
		define("arrayDifference", "Returns what is in one array and not in the other.",
			params(param("array1", "array", "the first array"), param("array2", "array", "the second array"),
				optional("mode", "text", "\"classic\" (in the first only) or \"symmetric\" (in one of them only)")), arrayDifference,
			gives(`arrayDifference(split("a,b"; ","); split("b,c"; ","))`, `["a"]`), gives(`arrayDifference(split("a,b"; ","); split("b,c"; ","); "symmetric")`, `["a","c"]`)).starred(),
	}
}

func orderFunctions() []*builtin {
	array := param("array", "array", "the array")
	return []*builtin{
		define("sort", "Sorts an array: numbers by size, dates by time, else by text. Empty elements come last.",
			params(array, optional("order", "text", "asc, desc, asc ci or desc ci (ci: capitals do not matter); may be left out before the key"),
				optional("key", "text", "field to sort by, or a path \"a.b\"")), sortArray,
			gives(`sort(split("b,C,a"; ","))`, `["C","a","b"]`), gives(`sort(split("b,C,a"; ","); "desc ci")`, `["C","b","a"]`),
			gives(`map(sort(1.items; "desc"; "price"); "name")`, `["plum","pear","apple"]`), gives(`map(sort(1.items; "price"); "name")`, `["apple","pear","plum"]`)),
		define("distinct", "Removes elements that occurred before.", params(array, optional("key", "text", "field that decides, or a path \"a.b\"")), distinct,
			gives(`distinct(split("a,b,a"; ","))`, `["a","b"]`), gives(`length(distinct(1.items; "price"))`, `3`)),
		define("deduplicate", "Removes elements that occurred before.", params(array), distinct, gives(`deduplicate(split("a,b,a"; ","))`, `["a","b"]`)),
		define("sortAscString", "Sorts texts, a first.", params(array, repeated("text", "further texts")), sortTexts(false),
			gives(`sortAscString(split("b,a"; ","))`, `["a","b"]`)).starred(),
		define("sortDescString", "Sorts texts, z first.", params(array, repeated("text", "further texts")), sortTexts(true),
			gives(`sortDescString("a"; "b")`, `["b","a"]`)).starred(),
	}
}

// nth returns element i, from 1 or from the end.
func nth(list []value.Value, i int) value.Value {
	if i < 0 {
		i += len(list) + 1
	}
	if i < 1 || i > len(list) {
		return value.Undefined
	}
	return list[i-1]
}

func mapArray(c *call) value.Value {
	steps := c.pathArgument(1)
	var filter []string
	var allowed map[string]bool
	if !c.blank(2) {
		filter, allowed = c.pathArgument(2), c.allowed(3)
	}
	items := []value.Value{}
	for _, element := range c.list(0) {
		if allowed != nil && !allowed[c.key(c.path(element, filter))] {
			continue
		}
		if v := c.path(element, steps); !v.IsUndefined() {
			items = append(items, v)
		}
	}
	return value.Array(items...)
}

// allowed reads argument i as a set of texts.
func (c *call) allowed(i int) map[string]bool {
	set := map[string]bool{}
	for _, v := range c.list(i) {
		if v.Kind() != value.KindText || len(c.list(i)) > 1 {
			set[c.key(v)] = true
			continue
		}
		for part := range strings.SplitSeq(v.Str(), ",") {
			set[part] = true
			set[strings.TrimSpace(part)] = true
		}
	}
	return set
}

// key returns v as text for comparison with others.
func (c *call) key(v value.Value) string {
	s, err := c.ev.render(v)
	c.check(err)
	return s
}

func slice(c *call) value.Value {
	list := c.list(0)
	start, end := c.whole(1, 0), c.whole(2, len(list))
	if start < 0 {
		start += len(list)
	}
	if end < 0 {
		end += len(list)
	}
	start, end = max(start, 0), min(end, len(list))
	if start >= end {
		return value.Array()
	}
	return value.Array(slices.Clone(list[start:end])...)
}

func join(c *call) value.Value {
	list, separator := c.list(0), c.text(1)
	if !c.fits(len(separator) * max(len(list)-1, 0)) {
		return value.Empty
	}
	var b strings.Builder
	for i, v := range list {
		if i > 0 {
			b.WriteString(separator)
		}
		b.WriteString(c.key(v))
		if !c.fits(b.Len()) {
			return value.Empty
		}
	}
	return value.Text(b.String())
}

func keys(c *call) value.Value {
	v := c.arg(0)
	names := slices.Clone(v.Keys())
	if v.Kind() == value.KindArray {
		names = positions(v.Len())
	}
	return texts(names)
}

func positions(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = value.Render(value.Int(i + 1))
	}
	return names
}

// texts makes an array of texts.
func texts(list []string) value.Value {
	items := make([]value.Value, len(list))
	for i, s := range list {
		items[i] = value.Text(s)
	}
	return value.Array(items...)
}

func remove(c *call) value.Value {
	items := []value.Value{}
	for _, element := range c.list(0) {
		if !c.anyEqual(c.args[1:], element) {
			items = append(items, element)
		}
	}
	return value.Array(items...)
}

func (c *call) anyEqual(list []value.Value, v value.Value) bool {
	if !c.check(c.ev.charge(len(list))) {
		return false
	}
	for _, x := range list {
		if c.equal(v, x).Truth() {
			return true
		}
	}
	return false
}

func mergeArrays(c *call) value.Value {
	items := []value.Value{}
	for i := range c.args {
		items = append(items, c.list(i)...)
		if !c.fits(len(items) * valueBytes) {
			return value.Undefined
		}
	}
	return value.Array(items...)
}

func flatten(c *call) value.Value {
	return value.Array(c.flattened([]value.Value{}, c.list(0), min(c.whole(1, 1), MaxTreeDepth))...)
}

func (c *call) flattened(out, list []value.Value, depth int) []value.Value {
	if !c.check(c.ev.charge(len(list))) || !c.fits(len(out)*valueBytes) {
		return out
	}
	for _, v := range list {
		if v.Kind() == value.KindArray && depth > 0 {
			out = c.flattened(out, v.Items(), depth-1)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func reverse(c *call) value.Value {
	if c.arg(0).Kind() != value.KindArray {
		runes := []rune(c.text(0))
		slices.Reverse(runes)
		return value.Text(string(runes))
	}
	items := slices.Clone(c.list(0))
	slices.Reverse(items)
	return value.Array(items...)
}

func shuffle(c *call) value.Value {
	items := slices.Clone(c.list(0))
	for i := len(items) - 1; i > 0; i-- {
		u, err := c.ev.random()
		if !c.check(err) {
			return value.Undefined
		}
		j := int(u % uint64(i+1))
		items[i], items[j] = items[j], items[i]
	}
	return value.Array(items...)
}

// identity is a text that equal values share.
func (c *call) identity(v value.Value) string {
	const other = "\x00"
	if v.Kind() == value.KindText && !strings.HasPrefix(v.Str(), other) {
		return v.Str()
	}
	if v.Kind() >= value.KindBuffer && !c.check(c.ev.visit(v)) {
		return ""
	}
	return other + v.Kind().String() + v.JSON()
}

func distinct(c *call) value.Value {
	var steps []string
	if !c.blank(1) {
		steps = c.pathArgument(1)
	}
	had := map[string]bool{}
	items := []value.Value{}
	for _, v := range c.list(0) {
		id := c.identity(c.path(v, steps))
		if c.err != nil {
			return value.Undefined
		}
		if !had[id] {
			had[id] = true
			items = append(items, v)
		}
	}
	return value.Array(items...)
}

func arrayDifference(c *call) value.Value {
	mode := c.textOr(2, "classic")
	if mode != "classic" && mode != "symmetric" {
		c.refusef(2, `[expected-mode] expected "classic" or "symmetric", got %q`, shorten(mode))
	}
	a, b := c.list(0), c.list(1)
	items := c.without(a, b)
	if mode == "symmetric" {
		items = append(items, c.without(b, a)...)
	}
	return value.Array(items...)
}

func (c *call) without(a, b []value.Value) []value.Value {
	other := map[string]bool{}
	for _, v := range b {
		other[c.identity(v)] = true
	}
	items := []value.Value{}
	for _, v := range a {
		if !other[c.identity(v)] {
			items = append(items, v)
		}
	}
	return items
}

// sortOrder reads an order of sort; ok is false for everything else.
func sortOrder(text string) (descending, fold, ok bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "asc":
		return false, false, true
	case "desc":
		return true, false, true
	case "asc ci":
		return false, true, true
	case "desc ci":
		return true, true, true
	}
	return false, false, false
}

func sortArray(c *call) value.Value {
	descending, fold, ok := sortOrder(c.text(1))
	keyArgument := 2
	if !ok && c.blank(2) {
		keyArgument = 1
	} else if !ok {
		c.refusef(1, `[expected-order] expected asc, desc, "asc ci" or "desc ci", got %q`, shorten(c.text(1)))
	}
	var steps []string
	if !c.blank(keyArgument) {
		steps = c.pathArgument(keyArgument)
	}
	items := c.list(0)
	sorted := make([]sortable, len(items))
	for i, v := range items {
		sorted[i] = c.sortable(v, c.path(v, steps), fold)
	}
	if !c.chargeSort(len(items)) {
		return value.Undefined
	}
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].before(&sorted[j], descending) })
	out := make([]value.Value, len(items))
	for i := range sorted {
		out[i] = sorted[i].v
	}
	return value.Array(out...)
}

// chargeSort charges the comparisons of sorting n elements.
func (c *call) chargeSort(n int) bool {
	levels := 1
	for m := n; m > 1; m /= 2 {
		levels++
	}
	return c.check(c.ev.charge(n * levels))
}

// sortable is an element with what it is sorted by. Ranks put numbers (and dates) before texts, and nothing last.
type sortable struct {
	v      value.Value
	rank   int
	number float64
	text   string
}

const (
	rankNumber = iota
	rankText
	rankNothing
)

func (c *call) sortable(v, key value.Value, fold bool) sortable {
	s := sortable{v: v, rank: rankText}
	if key.IsNothing() {
		s.rank = rankNothing
		return s
	}
	if f, ok := scalarNumber(key); ok {
		s.rank, s.number = rankNumber, f
		return s
	}
	s.text = c.key(key)
	if fold {
		s.text = strings.ToLower(s.text)
	}
	return s
}

func (s *sortable) before(t *sortable, descending bool) bool {
	if s.rank == rankNothing || t.rank == rankNothing {
		return s.rank < t.rank
	}
	if descending {
		s, t = t, s
	}
	if s.rank != t.rank {
		return s.rank < t.rank
	}
	if s.rank == rankNumber {
		return s.number < t.number
	}
	return s.text < t.text
}

func sortTexts(descending bool) func(c *call) value.Value {
	return func(c *call) value.Value {
		values := c.values()
		list := make([]string, len(values))
		for i, v := range values {
			list[i] = c.key(v)
		}
		if !c.chargeSort(len(list)) {
			return value.Undefined
		}
		slices.SortFunc(list, func(a, b string) int {
			if descending {
				a, b = b, a
			}
			return cmp.Compare(a, b)
		})
		return texts(list)
	}
}
