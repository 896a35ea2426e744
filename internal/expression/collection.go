package expression

import (
	"github.com/ropeway/ropeway/internal/value"
)

func collectionFunctions() []*builtin {
	data := param("collection", "collection", "the collection")
	keys := []Parameter{data, param("key", "text", "the first field"), repeated("text", "further fields")}
	return inGroup("Collection",
		define("omit", "Returns a collection without the named fields.", keys, omit, gives(`omit(1.customer.address; "street")`, `{"city":"Milan"}`)),
		define("pick", "Returns the named fields of a collection.", keys, pick, gives(`pick(1.customer.address; "city"; "none")`, `{"city":"Milan"}`)),
		define("mergeCollections", "Joins collections to one; of equal fields the last one wins.",
			params(data, repeated("collection", "further collections")), mergeCollections,
			gives(`mergeCollections(pick(1.customer.address; "city"); pick(1.customer.address; "street"))`, `{"city":"Milan","street":"Via Roma 1"}`)).starred(),
		define("toArray", "Makes of each field of a collection an element with its key and value.", params(data), toArray,
			gives(`toArray(pick(1.customer.address; "city"))`, `[{"key":"city","value":"Milan"}]`)),
		define("toCollection", "Makes one collection of an array of pairs.",
			params(param("array", "array", "collections that each hold a key and a value"), param("key", "text", "field that holds the key"), param("value", "text", "field that holds the value")),
			toCollection, gives(`toCollection(1.items; "name"; "price")`, `{"apple":0.5,"pear":1,"plum":4}`)),
	)
}

// named returns the texts of the arguments from i on; an array stands for its elements.
func (c *call) named(i int) map[string]bool {
	set := map[string]bool{}
	for ; i < len(c.args); i++ {
		for _, v := range c.list(i) {
			set[c.key(v)] = true
		}
	}
	return set
}

func omit(c *call) value.Value { return c.filterFields(false) }

func pick(c *call) value.Value { return c.filterFields(true) }

func (c *call) filterFields(keep bool) value.Value {
	names := c.named(1)
	b := value.NewBuilder(len(names))
	for key, v := range c.collection(0).Fields() {
		if names[key] == keep {
			b.Set(key, v)
		}
	}
	return b.Build()
}

func mergeCollections(c *call) value.Value {
	b := value.NewBuilder(0)
	for i := range c.args {
		b.Merge(c.collection(i))
		if !c.fits(b.Len() * valueBytes) {
			return value.Undefined
		}
	}
	return b.Build()
}

func toArray(c *call) value.Value {
	v := c.collection(0)
	if !c.fits(v.Len() * 4 * valueBytes) {
		return value.Undefined
	}
	items := make([]value.Value, 0, v.Len())
	for key, x := range v.Fields() {
		items = append(items, value.Collection(value.F("key", value.Text(key)), value.F("value", x)))
	}
	return value.Array(items...)
}

func toCollection(c *call) value.Value {
	keySteps, valueSteps := c.pathArgument(1), c.pathArgument(2)
	b := value.NewBuilder(0)
	for _, element := range c.list(0) {
		key := c.path(element, keySteps)
		if !key.IsNothing() {
			b.Set(c.key(key), c.path(element, valueSteps))
		}
	}
	return b.Build()
}
