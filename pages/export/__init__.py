"""A study as one offline HTML file: pages photographed, and put into a document of their own."""
