package customerly

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Collection is a group of articles of the knowledge base.
type Collection struct {
	ID          int64  `json:"knowledge_base_collection_id"`
	AppID       string `json:"app_id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Slug        string `json:"slug"`
	Icon        string `json:"icon"`
	Sort        int64  `json:"sort"`
	Locale      string `json:"locale"`
}

// Article is an article of the knowledge base. Times are UNIX seconds.
type Article struct {
	ID               int64  `json:"knowledge_base_article_id"`
	CollectionID     int64  `json:"knowledge_base_collection_id"`
	AppID            string `json:"app_id"`
	Title            string `json:"title"`
	Description      string `json:"description"`
	Body             string `json:"body"` // HTML
	Slug             string `json:"slug"`
	Status           string `json:"status"`
	WrittenBy        int64  `json:"written_by"` // account id
	CreatedAt        int64  `json:"created_at"`
	UpdatedAt        int64  `json:"updated_at"`
	NumVisits        int64  `json:"num_visits"`
	NumPositiveVotes int64  `json:"num_positive_reactions"`
	NumNeutralVotes  int64  `json:"num_neutral_reactions"`
	NumNegativeVotes int64  `json:"num_negative_reactions"`
	Keywords         string `json:"keywords"`
	Sort             int64  `json:"sort"`
}

// knowledge is the knowledge base of a store.
type knowledge struct {
	collections map[int64]Collection
	articles    map[int64]Article
}

func newKnowledge() knowledge {
	return knowledge{collections: map[int64]Collection{}, articles: map[int64]Article{}}
}

func (k knowledge) sortedCollections() []Collection {
	return slices.SortedFunc(maps.Values(k.collections), func(a, b Collection) int {
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID))
	})
}

// sortedArticles returns the articles of a collection, or all for 0.
func (k knowledge) sortedArticles(collection int64) []Article {
	found := []Article{}
	for _, article := range k.articles {
		if collection == 0 || article.CollectionID == collection {
			found = append(found, article)
		}
	}
	slices.SortFunc(found, func(a, b Article) int {
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID))
	})
	return found
}

func (k knowledge) removeCollection(id int64) {
	delete(k.collections, id)
	maps.DeleteFunc(k.articles, func(_ int64, a Article) bool { return a.CollectionID == id })
}

// knowledgeInput is the body of creating and editing; what is absent stays as it is.
type knowledgeInput struct {
	CollectionID *looseText `json:"knowledge_base_collection_id"`
	Title        *looseText `json:"title"`
	Description  *looseText `json:"description"`
	Body         *looseText `json:"body"`
	Slug         *looseText `json:"slug"`
	Icon         *looseText `json:"icon"`
	Locale       *looseText `json:"locale"`
	Status       *looseText `json:"status"`
	WrittenBy    *looseText `json:"written_by"`
	Keywords     *looseText `json:"keywords"`
	Sort         *looseText `json:"sort"`
}

func setText(target *string, value *looseText) {
	if value != nil {
		*target = string(*value)
	}
}

func setNumber(target *int64, field string, value *looseText) error {
	if value == nil {
		return nil
	}
	number, err := strconv.ParseInt(string(*value), 10, 64)
	if err != nil {
		return fmt.Errorf("%s must be a whole number", field)
	}
	*target = number
	return nil
}

func (in knowledgeInput) fillCollection(c *Collection) error {
	setText(&c.Title, in.Title)
	setText(&c.Description, in.Description)
	setText(&c.Slug, in.Slug)
	setText(&c.Icon, in.Icon)
	setText(&c.Locale, in.Locale)
	if err := setNumber(&c.Sort, "sort", in.Sort); err != nil {
		return err
	}
	return finishTitle(c.Title, &c.Slug)
}

func (in knowledgeInput) fillArticle(a *Article) error {
	setText(&a.Title, in.Title)
	setText(&a.Description, in.Description)
	setText(&a.Body, in.Body)
	setText(&a.Slug, in.Slug)
	setText(&a.Status, in.Status)
	setText(&a.Keywords, in.Keywords)
	for _, number := range []struct {
		target *int64
		field  string
		value  *looseText
	}{
		{&a.CollectionID, "knowledge_base_collection_id", in.CollectionID},
		{&a.WrittenBy, "written_by", in.WrittenBy},
		{&a.Sort, "sort", in.Sort},
	} {
		if err := setNumber(number.target, number.field, number.value); err != nil {
			return err
		}
	}
	return finishTitle(a.Title, &a.Slug)
}

// finishTitle refuses an object without title and makes the slug from the title where there is none.
func finishTitle(title string, slug *string) error {
	if strings.TrimSpace(title) == "" {
		return fmt.Errorf("title is required")
	}
	if err := checkChars("title", title, maxNameChars); err != nil {
		return err
	}
	if *slug == "" {
		*slug = slugOf(title)
	}
	return nil
}

func slugOf(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "-")
}

func (s *Server) listCollections(*call) reply {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	return dataOf(append([]Collection{}, s.store.knowledge.sortedCollections()...))
}

func (s *Server) getCollection(c *call) reply {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	if found, ok := s.store.knowledge.collections[number(c.ids[0])]; ok {
		return dataOf(found)
	}
	return s.missing("Collection")
}

// postCollection creates a collection, or edits the one in the path.
func (s *Server) postCollection(c *call) reply {
	var in knowledgeInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	return s.alter(func(ch *change) reply {
		next := Collection{AppID: s.opts.AppID, Locale: "en", Sort: int64(len(ch.knowledge.collections) + 1)}
		if len(c.ids) > 0 {
			found, ok := ch.knowledge.collections[number(c.ids[0])]
			if !ok {
				return s.missing("Collection")
			}
			next = found
		}
		if err := in.fillCollection(&next); err != nil {
			return unprocessable("%s", err)
		}
		return dataOf(ch.saveCollection(next))
	})
}

func (ch *change) saveCollection(next Collection) Collection {
	if next.ID == 0 {
		next.ID = ch.nextID("collection")
	}
	ch.knowledge.collections[next.ID] = next
	ch.record(record{Op: opCollection, Collection: &next})
	return next
}

func (s *Server) deleteCollection(c *call) reply {
	return s.alter(func(ch *change) reply {
		id := number(c.ids[0])
		if _, ok := ch.knowledge.collections[id]; !ok {
			return s.missing("Collection")
		}
		ch.knowledge.removeCollection(id)
		ch.record(record{Op: opRemoveCollection, ID: id})
		return nothing()
	})
}

func (s *Server) listArticles(c *call) reply {
	p := s.pagingOf(c.query)
	collection := int64(0)
	if wanted := c.query.Get("knowledge_base_collection_id"); wanted != "" {
		collection = number(wanted)
	}
	s.store.mu.RLock()
	articles := s.store.knowledge.sortedArticles(collection)
	s.store.mu.RUnlock()
	from := min(p.from(), len(articles))
	return dataOf(articles[from:min(from+p.perPage, len(articles))])
}

func (s *Server) getArticle(c *call) reply {
	s.store.mu.RLock()
	defer s.store.mu.RUnlock()
	if found, ok := s.store.knowledge.articles[number(c.ids[0])]; ok {
		return dataOf(found)
	}
	return s.missing("Article")
}

// postArticle creates an article, or edits the one in the path.
func (s *Server) postArticle(c *call) reply {
	var in knowledgeInput
	if wrong, ok := decode(c.body, &in); !ok {
		return wrong
	}
	return s.alter(func(ch *change) reply {
		next := Article{AppID: s.opts.AppID, Status: "draft", WrittenBy: writerTable[0].ID, CreatedAt: ch.stamp}
		if len(c.ids) > 0 {
			found, ok := ch.knowledge.articles[number(c.ids[0])]
			if !ok {
				return s.missing("Article")
			}
			next = found
		}
		if err := in.fillArticle(&next); err != nil {
			return unprocessable("%s", err)
		}
		if _, ok := ch.knowledge.collections[next.CollectionID]; !ok {
			return unprocessable("knowledge_base_collection_id must name a collection")
		}
		next.UpdatedAt = ch.stamp
		return dataOf(ch.saveArticle(next))
	})
}

func (ch *change) saveArticle(next Article) Article {
	if next.ID == 0 {
		next.ID = ch.nextID("article")
	}
	ch.knowledge.articles[next.ID] = next
	ch.record(record{Op: opArticle, Article: &next})
	return next
}

func (s *Server) deleteArticle(c *call) reply {
	return s.alter(func(ch *change) reply {
		id := number(c.ids[0])
		if _, ok := ch.knowledge.articles[id]; !ok {
			return s.missing("Article")
		}
		delete(ch.knowledge.articles, id)
		ch.record(record{Op: opRemoveArticle, ID: id})
		return nothing()
	})
}

// number reads an id of the knowledge base; what is no number is -1, which no object has.
func number(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return id
}
